import type { Stream } from "@micro-bot/core";
import { testStream } from "@micro-bot/testkit";
import { relay } from "../src/plugin.ts";
import { statusOf } from "./support.ts";

testStream({ name: "relay that is not asked for", has: ["send", "follow"], create: relay });

testStream({
  name: "relay",
  has: ["send", "follow"],
  create: () => onInputs(relay()),
  values: { relay: "fake:lobby <-> other:room" },
});

/** On a bot that has the inputs. */
function onInputs(stream: Stream): Stream {
  const inputs = statusOf(["fake", "other"]);
  return { ...stream, follow: (events, ctx) => stream.follow!(events, { ...ctx, status: () => inputs }) };
}
