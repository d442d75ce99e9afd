// A bot of a few words on the console input, for the tests that need a process of their own.
import { type Event, type FlagValue, memoryStore, newCommand, replyTo } from "@micro-bot/core";
import { consoleInput } from "../src/plugin.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const values: Record<string, FlagValue> = { console_prompt: "micro>" };
const input = consoleInput();
input.init({
  flags: () => values as never,
  log: quiet,
  store: memoryStore(),
  redact: (text) => text,
  commands: () => [newCommand("ping", "ping", "Returns pong", () => "pong")],
});
await input.start();
const conn = await input.stream();

const answers: Record<string, string | undefined> = { ping: "pong", cancel: "cancelled", wait: undefined };

async function answer(event: Event): Promise<void> {
  const words = Object.hasOwn(answers, event.data) ? answers[event.data] : `no ${event.data}`;
  if (words !== undefined) await conn.send(replyTo(event, words, "1", 0));
}

// What cannot be sent is dropped: the input itself says when it is over.
try {
  for (;;) await answer(await conn.recv()).catch(() => {});
} catch (error) {
  process.exitCode = (error as { code?: string }).code === "closed" ? 0 : 1;
}
await input.stop();
