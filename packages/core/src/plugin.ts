import type { Command } from "./command.ts";
import type { Event } from "./event.ts";
import type { Flag, ReadFlags } from "./flag.ts";
import type { Rows } from "./rows.ts";
import type { Store } from "./store.ts";

/** Structured log: fields first, then words. Secrets are hidden by the engine. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a plugin gets once, after all flags are parsed and before anything starts. */
export interface PluginContext {
  readonly flags: ReadFlags;
  readonly log: Log;
  /** The part of the bot's store that is this plugin's own. It opens when it is first used: not in `init`. */
  readonly store: Store;
  /** Hides the values of secret flags: for what a plugin writes anywhere but into log and replies. */
  redact(text: string): string;
  /** The commands known at this moment, in the order of help; for an event, those that its person may run there. */
  commands(event?: Event): readonly Command[];
}

/** How one part of the bot is doing; shown by the command `status`. */
export interface Status {
  /** What it is, as in `input irc`. */
  readonly name: string;
  readonly state: "up" | "starting" | "standby" | "down" | "stopped";
  /** Since when, in milliseconds since 1970. */
  readonly since?: number;
  /** One line more: the last error, a count. */
  readonly note?: string;
}

/** What a plugin of any kind may have besides its kind's own members. */
export interface Plugin {
  /** Data; merged into the global list before parsing. A name taken by another plugin stops the program. */
  flags?(): readonly Flag[];
  /** Checks its values and remembers them; does no I/O. Throws `config` naming the flag at fault. */
  init?(ctx: PluginContext): void;
  /** The kinds of rows in its part of the store; of a command, also in the memories that it uses. */
  readonly rows?: Rows;
  /** Lines for the command `status`. */
  status?(): readonly Status[];
}
