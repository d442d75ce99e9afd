import type { Conn, Flag, Input, Log, PluginContext } from "@micro-bot/core";
import { readHistory, writeHistory } from "./history.ts";
import type { Reader, Streams, Writer } from "./streams.ts";

const flags = [
  { name: "console_prompt", usage: "What stands before the words typed on a terminal", default: "micro>" },
  {
    name: "console_history",
    usage: "File that keeps what was typed for the next run; without it the history ends with the run",
  },
] as const satisfies readonly Flag[];

const name = "console";

/**
 * The terminal that the bot was started in: line editing, history and completion for a person, one command a line
 * for a pipe. Named so because `console` is a global. The streams are the process's own unless given.
 */
export function consoleInput(streams: Partial<Streams> = {}): Input {
  let prompt = "";
  let historyFile: string | undefined;
  let log: Log;
  let commandsFor: PluginContext["commands"];
  let history: readonly string[] = [];
  let conn: Conn | undefined;

  // Asked for late: only touching process.stdin opens it.
  const reader = (): Reader => streams.input ?? process.stdin;
  const writer = (): Writer => streams.output ?? process.stdout;

  async function close(): Promise<void> {
    await conn?.close();
    conn = undefined;
  }

  return {
    name,
    flags: () => flags,

    get sequential() {
      return reader().isTTY !== true;
    },

    init(ctx) {
      const values = ctx.flags(flags);
      prompt = values.console_prompt;
      historyFile = values.console_history;
      log = ctx.log;
      commandsFor = ctx.commands;
    },

    async start() {
      if (historyFile) history = await readHistory(historyFile, log);
    },

    async stream() {
      await close();
      // Loaded only here: a single command from the shell has no use for them.
      const [{ connect, typed }, { pipe }, { terminal }] = await Promise.all([
        import("./conn.ts"),
        import("./pipe.ts"),
        import("./terminal.ts"),
      ]);
      const ends = { input: reader(), output: writer() };
      const isTerminal = ends.input.isTTY === true && ends.output.isTTY === true;
      const commands = () => commandsFor(typed(""));
      const keep = (lines: readonly string[]) => {
        history = lines;
      };
      conn = connect(ends, (hands) =>
        isTerminal ? terminal(ends, hands, { prompt, commands, history, keep }) : pipe(ends, hands, log),
      );
      return conn;
    },

    async stop() {
      await close();
      if (historyFile && history.length > 0) await writeHistory(historyFile, history, log);
    },
  };
}
