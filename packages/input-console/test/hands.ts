import { PassThrough } from "node:stream";
import {
  type Command,
  type Conn,
  type Event,
  type Input,
  memoryStore,
  newCommand,
  replyTo,
} from "@micro-bot/core";
import headless from "@xterm/headless";
import { consoleInput } from "../src/plugin.ts";
import type { Streams } from "../src/streams.ts";

export interface Line {
  fields: object;
  message: string;
}

export const COMMANDS: readonly Command[] = [
  newCommand("ping", "ping", "Returns pong", () => "pong"),
  newCommand("list", "list services", "Lists services", () => ""),
  newCommand("get", "get service [name]", "Returns a service", () => ""),
];

/** An input that is set up and connected, and what it logged. */
export async function connected(streams: Streams, values: Record<string, string> = {}) {
  const logged: Line[] = [];
  const log = (fields: object, message: string) => void logged.push({ fields, message });
  const input: Input = consoleInput(streams);
  input.init({
    flags: () => ({ console_prompt: "micro>", ...values }) as never,
    log: { debug: log, info: log, warn: log, error: log },
    store: memoryStore(),
    redact: (text) => text,
    commands: () => COMMANDS,
  });
  await input.start();
  const conn = await input.stream();
  return { input, conn, logged };
}

/** A pipe on both sides. `printed()` is all that was written so far. */
export function pipes() {
  const input = new PassThrough();
  const output = new PassThrough();
  let text = "";
  output.on("data", (chunk) => {
    text += chunk;
  });
  return { input, output, printed: () => text };
}

/** A terminal on both sides, with a screen that can be read. */
export function screen(columns: number, rows: number) {
  const terminal = new headless.Terminal({ cols: columns, rows, convertEol: true, allowProposedApi: true });
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns, rows });
  output.on("data", (chunk) => terminal.write(chunk));

  /** The lines shown, once the terminal has drawn all that was written. Wrapped rows are joined. */
  async function shows(): Promise<string[]> {
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => terminal.write("", resolve));
    const lines: string[] = [];
    for (let y = 0; y < terminal.buffer.active.length; y++) {
      const row = terminal.buffer.active.getLine(y)!;
      if (row.isWrapped) lines.push(lines.pop() + row.translateToString(true));
      else lines.push(row.translateToString(true));
    }
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }
  return { input, output, shows };
}

/** Everything that is said until the end, and the code that ended it. */
export async function readAll(conn: Conn): Promise<{ said: string[]; end: unknown }> {
  const said: string[] = [];
  for (;;) {
    const event = await conn.recv().catch((error: { code?: string }) => error.code);
    if (typeof event !== "object") return { said, end: event };
    said.push(event.data);
  }
}

export function answerTo(event: Event, data: string): Event {
  return replyTo(event, data, "reply", 0);
}
