import type { Command, CommandList, Event, Log, Plugins, Rows, Stream } from "@micro-bot/core";
import { type Matched, Matcher, spaced } from "./matcher.ts";

export interface CommandsOptions {
  readonly commands: Plugins<Command>;
  readonly streams: readonly Stream[];
  readonly log: Log;
  /** Whether all patterns are read at once, so that what is wrong with one stops the program. */
  readonly isWhole: boolean;
}

/** The commands of this moment, what a text would run, and who may see which. */
export class Commands implements CommandList {
  /** Whether a stream named `access` decides who may run what. Without one, operators' commands are refused. */
  readonly isGuarded: boolean;
  readonly #commands: Plugins<Command>;
  readonly #streams: readonly Stream[];
  readonly #matcher: Matcher;
  readonly #rows = new Map<string, Rows>();
  #revision = -1;

  constructor({ commands, streams, log, isWhole }: CommandsOptions) {
    this.#commands = commands;
    this.#streams = streams;
    this.isGuarded = streams.some((stream) => stream.name === "access" && stream.receive);
    this.#matcher = new Matcher(commands, log);
    // A command from the shell has no time for all patterns: only what looks wrong is looked at.
    if (isWhole || this.#matcher.isOdd()) this.#matcher.compile();
  }

  list(): readonly Command[] {
    return [...new Set(this.#commands.values())].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  match(text: string): Command | undefined {
    return this.find(spaced(text))?.command;
  }

  /** The command and pattern that a `spaced` text is. */
  find(text: string): Matched | undefined {
    return this.#matcher.match(text);
  }

  /** A command of nearly that name. */
  nearest(text: string): Command | undefined {
    return this.#matcher.nearest(text);
  }

  /** Those that an event's person may run there. */
  for(event: Event): CommandList {
    const may = (command: Command) => this.#may(command, event);
    return {
      list: () => this.list().filter(may),
      match: (text) => {
        const command = this.match(text);
        return command && may(command) ? command : undefined;
      },
    };
  }

  /** The kinds of rows that a command keeps. */
  rowsOf(command: string): Rows | undefined {
    if (this.#revision !== this.#commands.revision) {
      this.#revision = this.#commands.revision;
      this.#rows.clear();
      for (const { name, rows } of this.#commands.values()) if (rows) this.#rows.set(name, rows);
    }
    return this.#rows.get(command);
  }

  #may(command: Command, event: Event): boolean {
    if (command.access === "operator" && !this.isGuarded) return false;
    return this.#streams.every((stream) => stream.may?.(command, event) ?? true);
  }
}
