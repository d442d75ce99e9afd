import type { Stream } from "@micro-bot/core";
import { event } from "../../src/fakes.ts";
import type { StreamSuite } from "../../src/stream.ts";

/** A stream that keeps every rule, with all three members. */
export function goodStream(): StreamSuite {
  return { name: "good stream", has: ["receive", "send", "follow"], create: () => passing };
}

const passing: Stream = {
  name: "passing",
  async receive(_turn, next) {
    await next();
  },
  send: (_event, next) => next(),
  async *follow(events) {
    for await (const { data } of events) yield event({ data, addressed: false });
  },
};
