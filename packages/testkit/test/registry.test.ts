import { memoryRegistry } from "@micro-bot/core";
import { fakeClock } from "../src/clock.ts";
import { testRegistry } from "../src/registry.ts";
import { goodRegistry } from "./good/registry.ts";

testRegistry(goodRegistry());

const clock = fakeClock();

testRegistry({
  name: "memory registry",
  create: () => memoryRegistry(clock.now),
  advance: (ms) => clock.advance(ms),
  skip: { "another registry sees what is registered, and can deregister it": "one process sees it" },
});
