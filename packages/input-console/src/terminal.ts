import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import { styleText } from "node:util";
import type { Command } from "@micro-bot/core";
import { type Hands, type Side, type Streams, type Writer, write } from "./streams.ts";

export interface TerminalOptions {
  readonly prompt: string;
  /** For completion, asked at each Tab. */
  commands(): readonly Command[];
  /** What was typed before, the newest first. */
  readonly history: readonly string[];
  /** Is given the history after each line, the newest first. */
  keep(history: readonly string[]): void;
}

/** A person at a terminal: line editing, history, completion, and replies above what is being typed. */
export function terminal({ input, output }: Streams, hands: Hands, options: TerminalOptions): Side {
  const line = createInterface({
    input,
    output,
    terminal: true,
    prompt: `${styleText("cyan", options.prompt, { stream: output })} `,
    history: [...options.history],
    historySize: 1000,
    removeHistoryDuplicates: true,
    completer: (typed: string) => complete(typed, options.commands()),
  });
  let open = true;

  line.on("history", (history) => options.keep([...history]));
  line.on("line", (text) => {
    if (text.trim() !== "") hands.line(text.trim());
    if (open) line.prompt();
  });
  line.on("SIGINT", () => {
    if (line.line === "") hands.interrupt();
    else clear(line);
  });
  line.on("close", () => {
    open = false;
    // The shell's own prompt belongs on a line of its own.
    if (!output.destroyed) output.write("\n");
    hands.end();
  });
  line.prompt();

  return {
    more() {},
    print: (text) => (open ? printAbove(line, output, text) : write(output, `${text}\n`)),
    close: () => line.close(),
  };
}

/** What can be typed of each command, and begins with what was typed. */
export function complete(typed: string, commands: readonly Command[]): [string[], string] {
  const words = commands.map(({ usage }) => usage.split(/\s*[[<({]/)[0]!);
  const fitting = words.filter((word) => word !== "" && word.startsWith(typed.toLowerCase()));
  return [[...new Set(fitting)].sort(), typed];
}

function printAbove(line: Interface, output: Writer, text: string): Promise<void> {
  const { rows } = line.getCursorPos();
  moveCursor(output, 0, -rows);
  cursorTo(output, 0);
  clearScreenDown(output);
  const printed = write(output, `${text}\n`);
  // How far readline goes up before it draws. After a paste it is out of date, and now it is wrong in any case.
  Object.assign(line, { prevRows: 0 });
  line.prompt(true);
  return printed;
}

function clear(line: Interface): void {
  line.write(null, { ctrl: true, name: "e" });
  line.write(null, { ctrl: true, name: "u" });
}
