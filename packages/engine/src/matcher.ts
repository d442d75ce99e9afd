import { BotError, type Command, type Log, messageOf, type Plugins } from "@micro-bot/core";
import { distance } from "fastest-levenshtein";
import { RE2JS, RE2Set } from "re2js";

interface Rule {
  readonly pattern: string;
  readonly command: Command;
}

/**
 * Text to command. All patterns are tried at once, in time linear in the text however many there are.
 * Order: longest literal beginning first, then order of registration; so the answer never depends on chance.
 */
export class Matcher {
  readonly #commands: Plugins<Command>;
  readonly #log: Log | undefined;
  #revision = -1;
  #rules: readonly Rule[] = [];
  #set = new RE2Set();

  constructor(commands: Plugins<Command>, log?: Log) {
    this.#commands = commands;
    this.#log = log;
  }

  /** Compiles now. Throws `config` for a pattern that is no RE2 syntax, naming who registered it. */
  compile(): void {
    if (this.#revision === this.#commands.revision) return;
    const rules = [...this.#commands].map(([pattern, command]) => ({ pattern, command }));
    const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE);
    rules.sort((a, b) => literalLength(b.pattern) - literalLength(a.pattern));
    for (const { pattern } of rules) this.#add(set, pattern);
    this.#rules = rules;
    this.#set = set;
    this.#revision = this.#commands.revision;
  }

  match(text: string): Rule | undefined {
    try {
      this.compile();
    } catch (error) {
      // A pattern that came while the bot runs; those that were good go on.
      this.#revision = this.#commands.revision;
      this.#log?.error({ err: error }, messageOf(error));
    }
    if (this.#rules.length === 0) return undefined;
    const found = this.#set.match(text);
    return found.length === 0 ? undefined : this.#rules[Math.min(...found)];
  }

  /** The command whose words are nearly what was typed: for 'did you mean'. */
  nearest(text: string): Command | undefined {
    const typed = text.toLowerCase().split(/\s+/u, 8);
    let best: { readonly command: Command; readonly far: number } | undefined;
    for (const command of this.#commands.values()) {
      const words = commandWords(command);
      const said = typed.slice(0, words.split(" ").length).join(" ").slice(0, 64);
      const far = swapped(words, said) ? 1 : distance(words, said);
      if (far <= slips(words) && far < (best?.far ?? Infinity)) best = { command, far };
    }
    return best?.command;
  }

  #add(set: RE2Set, pattern: string): void {
    try {
      set.add(pattern);
    } catch (cause) {
      const origin = this.#commands.origin(pattern);
      throw new BotError("config", `pattern '${pattern}' (${origin}) cannot be read: ${messageOf(cause)}`, {
        cause,
        detail: { pattern, origin },
      });
    }
  }
}

/** The words by which a command is called: its usage up to the first thing to fill in. */
export function commandWords({ usage }: Command): string {
  const words = usage.split(" ");
  const end = words.findIndex((word, i) => i > 0 && (/[[<{(|.]/u.test(word) || /^[A-Z0-9_]+$/u.test(word)));
  return words
    .slice(0, end < 0 ? undefined : end)
    .join(" ")
    .toLowerCase();
}

/** How many slips of the finger a word may have. */
function slips(words: string): number {
  return Math.max(1, Math.floor(words.length / 4));
}

/** Whether letters only changed places, which counts as two slips and happens as one. */
function swapped(a: string, b: string): boolean {
  return a.length === b.length && [...a].sort().join("") === [...b].sort().join("");
}

/** How many characters every match must begin with. */
function literalLength(pattern: string): number {
  if (!pattern.startsWith("^")) return 0;
  const meta = pattern.slice(1).search(/[\\^$.|?*+()[\]{}]/u);
  if (meta < 0) return pattern.length - 1;
  return /[?*{]/u.test(pattern[meta + 1]!)
    ? meta - 1
    : pattern.includes("|") && !pattern.includes("(")
      ? 0
      : meta;
}
