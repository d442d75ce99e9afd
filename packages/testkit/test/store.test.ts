import { memoryStore } from "@micro-bot/core";
import { fakeClock } from "../src/clock.ts";
import { storeRules, testStore } from "../src/store.ts";
import { goodStore } from "./good/store.ts";

testStore(goodStore());

const once = "what is kept in memory is gone with its one handle";
const whole = "nothing in memory is known to be damaged: it is the process that is";
const clock = fakeClock();

testStore({
  name: "memory store",
  open: async () => memoryStore(clock.now),
  advance: (ms) => clock.advance(ms),
  skip: {
    "a watch sees what another handle writes": once,
    "another handle sees what was written": once,
    "what was written is there when the store is opened again": once,
    "what a write resolved for survives a crash": once,
    ...Object.fromEntries(storeRules.filter((rule) => /damaged/.test(rule)).map((rule) => [rule, whole])),
  },
});
