import { BotError, type Stream } from "@micro-bot/core";
import { event } from "../../src/fakes.ts";
import { type StreamSuite, testStream } from "../../src/stream.ts";
import { goodStream } from "../good/stream.ts";
import { type Breaks, registerBroken } from "./break.ts";

/** Other members for the stream. */
const stream =
  (change: (stream: Stream) => Partial<Stream>) =>
  (good: StreamSuite): StreamSuite => ({
    ...good,
    create() {
      const one = good.create();
      return { ...one, ...change(one) };
    },
  });

let tail = Promise.resolve();
let busy = false;

const breaks: Breaks<StreamSuite> = {
  "it has a name and the members it says": (good) => ({ ...good, has: ["receive"] }),
  "receive calls next once and waits for it": stream(() => ({
    async receive(_turn, next) {
      void next();
    },
  })),
  "receive leaves turn and event as they are": stream(() => ({
    async receive(turn, next) {
      (turn.event as { data: string }).data = "changed";
      await next();
    },
  })),
  "an error of next passes through receive": stream(() => ({
    receive: (_turn, next) => next().catch(() => {}),
  })),
  "turns side by side pass, each once": stream(() => ({
    async receive(_turn, next) {
      if (busy) return;
      busy = true;
      await next();
      busy = false;
    },
  })),
  "a turn that waits holds no other up": stream(() => ({
    receive(_turn, next) {
      tail = tail.then(next);
      return tail;
    },
  })),
  "send calls next once, with what it does not touch unchanged": stream(() => ({
    send: (said, next) => next({ ...said, data: `${said.data}!` }),
  })),
  "send answers with the receipt of next": stream(() => ({
    async send(_event, next) {
      await next();
      return {};
    },
  })),
  "an error of next passes through send": stream(() => ({
    send: (_event, next) =>
      next().catch(() => {
        throw new BotError("failed", "not sent");
      }),
  })),
  "follow ends when its signal aborts": stream(() => ({
    async *follow(events) {
      for await (const one of events) yield one;
      await new Promise(() => {});
    },
  })),
  "follow yields events that can be sent": stream(() => ({
    async *follow(events) {
      for await (const _ of events) yield event({ data: undefined as unknown as string });
    },
  })),
};

registerBroken("stream", testStream, goodStream, breaks);
