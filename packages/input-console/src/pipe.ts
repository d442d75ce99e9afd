import type { Log } from "@micro-bot/core";
import { lines } from "./lines.ts";
import { type Hands, type Side, type Streams, write } from "./streams.ts";

/** Longer lines are left out: a command has no use for one, and a pipe may carry anything. In characters. */
export const LONGEST_LINE: number = 1_048_576;

/** One command a line, until the end of the file. Reads on only when all lines read were taken. */
export function pipe({ input, output }: Streams, hands: Hands, log: Log): Side {
  const decoder = new TextDecoder();
  let found = 0;
  const cut = lines(LONGEST_LINE, {
    line(text) {
      found++;
      hands.line(text);
    },
    tooLong: (line) => log.warn({ line, limit: LONGEST_LINE }, "a line is too long and was left out"),
  });

  function data(chunk: Buffer | string): void {
    const before = found;
    cut.push(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
    if (found > before) input.pause();
  }

  function end(): void {
    cut.push(decoder.decode());
    cut.end();
    hands.end();
  }

  input.on("data", data).on("end", end);
  input.pause();

  return {
    more: () => void input.resume(),
    print: (text) => write(output, `${text}\n`),
    close() {
      input.off("data", data).off("end", end);
      input.pause();
    },
  };
}
