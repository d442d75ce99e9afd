import type { Context } from "./context.ts";
import type { Reply } from "./event.ts";
import type { Plugin } from "./plugin.ts";
import { type Plugins, shared } from "./shared.ts";

export type Answer = Reply | undefined | void;

/** Something the bot can do. */
export interface Command extends Plugin {
  readonly name: string;
  /** How to write it: `echo [text]`. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly description: string;
  /** More words for `help NAME`. */
  readonly help?: string;
  /** Who may run it. Default `anyone`; what changes the world says `operator`. */
  readonly access?: "anyone" | "operator";
  /** It changes nothing, here or elsewhere: what the bot's owner types into a shell then leaves no record. */
  readonly reads?: true;
  /**
   * What a crash in the middle asks for. Default `never`: its person is told that the outcome is unknown.
   * `safe`: it is run again, from the start; what it already said, asked, deferred or did `once` is given from the log
   * instead. It must take the same way again: what it says, asks and defers is counted.
   */
  readonly rerun?: "never" | "safe";
  /** How long it may take, in milliseconds, where the bot's own limit is wrong. */
  readonly timeout?: number;
  /**
   * `args[0]` is the command's own word. An iterable's values are replies in order. What it throws is told to the
   * person. It should give up when `ctx.signal` aborts; its answer after that is dropped.
   */
  exec(args: readonly string[], ctx: Context): Answer | Promise<Answer> | AsyncIterable<Reply>;
}

/** Commands by pattern: RE2 syntax, matched anywhere in the text unless anchored, without regard to case. */
export const commands: Plugins<Command> = shared<Command>("commands");

/** A command of one function: `commands.set("^ping$", newCommand("ping", "ping", "Returns pong", () => "pong"))`. */
export function newCommand(
  name: string,
  usage: string,
  description: string,
  exec: Command["exec"],
  more: Omit<Command, "name" | "usage" | "description" | "exec"> = {},
): Command {
  return { ...more, name, usage, description, exec };
}
