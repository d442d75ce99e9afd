import type { Stream } from "@micro-bot/core";
import { testStream } from "../src/stream.ts";
import { goodStream } from "./good/stream.ts";

testStream(goodStream());

const deaf: Stream = { name: "deaf", send: (_event, next) => next() };

testStream({ name: "a stream that only sends", has: ["send"], create: () => deaf });
