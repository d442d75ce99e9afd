import type { Interface } from "node:readline";

/** Lines that a person types on the terminal, from the first time that one is asked for. */
export interface TypedLines {
  /** The next line, also one typed ahead; Ctrl-C and Ctrl-D say `cancel`. Undefined when `over` comes first. */
  next(over: Promise<unknown>): Promise<string | undefined>;
  /** Gives the terminal back. Twice is safe. */
  close(): void;
}

/** Whether somebody can be asked here: they see what is printed, and can type. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

export function typedLines(): TypedLines {
  const ahead: string[] = [];
  let asked: ((line: string | undefined) => void) | undefined;
  let terminal: Interface | undefined;
  let closed = false;

  /** False: nobody waits for a line. */
  function give(line: string | undefined): boolean {
    const waits = asked !== undefined;
    asked?.(line);
    // Several lines of one paste come without a pause.
    asked = undefined;
    return waits;
  }

  function interrupt(): void {
    // While the command works, Ctrl-C is what it is elsewhere.
    if (!give("cancel")) process.kill(process.pid, "SIGINT");
  }

  function end(): void {
    // Said once: what is still to come of the command has nothing more to cancel.
    if (!give("cancel")) ahead.push("cancel");
    closed = true;
  }

  async function open(): Promise<Interface> {
    const { createInterface } = await import("node:readline");
    const opened = createInterface({ input: process.stdin, output: process.stdout, prompt: "> " });
    opened.on("line", (line) => void (give(line) || ahead.push(line)));
    return opened.on("SIGINT", interrupt).on("close", end);
  }

  return {
    async next(over) {
      terminal ??= await open();
      const line = ahead.shift();
      if (line !== undefined) return line;
      if (!closed) terminal.prompt();
      return new Promise((resolve) => {
        asked = resolve;
        void over.then(() => give(undefined));
      });
    },
    close: () => terminal?.close(),
  };
}
