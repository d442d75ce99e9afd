import { createRequire } from "node:module";
import { BotError, type Command, type Log, messageOf, type Plugins } from "@micro-bot/core";
import { distance } from "fastest-levenshtein";
import type { RE2Set } from "re2js";

/** Loaded when a pattern needs it, and at once then: a command from the shell seldom does. */
const re2 = (): typeof import("re2js") => createRequire(import.meta.url)("re2js");

/** What a text was found to be. */
export interface Matched {
  readonly pattern: string;
  readonly command: Command;
}

/** Looking ahead or behind, and what was found before: JavaScript has them. */
const NOT_RE2 = /\(\?(?:<?[=!])|\\[1-9]|\\k</u;
/** So many patterns are looked at one by one, to see whether any of them need be tried. */
const FEW = 64;
/** Letters of a pattern's beginning that are looked at. */
const LONG = 100;

/** Where a pattern that is words stands among the rules, and whether it must be all of the text. */
interface Place {
  readonly at: number;
  readonly alone: boolean;
}

/** `^words$` and `^words( |$)`, which is how most commands are written: found by their words, without RE2. */
const WORDS = /^\^([a-z0-9][a-z0-9 _-]*)(\$|\( \|\$\))$/u;

/**
 * Text to command. All patterns are tried at once, in time linear in the text however many there are.
 * Order: longest literal beginning first, then order of registration; so the answer never depends on chance.
 */
export class Matcher {
  readonly #commands: Plugins<Command>;
  readonly #log: Log | undefined;
  #revision = -1;
  #rules: readonly Matched[] = [];
  /** Places in `#rules` of patterns that are words, and how many words the longest has. */
  #words: ReadonlyMap<string, readonly Place[]> = new Map();
  #most = 0;
  /** The other patterns, compiled when they are needed, and the place of each in `#rules`. */
  #set: RE2Set | undefined;
  #places: readonly number[] = [];
  #others: readonly number[] = [];
  #compiled = -1;

  constructor(commands: Plugins<Command>, log?: Log) {
    this.#commands = commands;
    this.#log = log;
  }

  /** Compiles now. Throws `config` for a pattern that is no RE2 syntax, naming who registered it. */
  compile(): void {
    this.#index();
    if (this.#compiled === this.#revision) return;
    const { RE2JS, RE2Set } = re2();
    const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE);
    const places: number[] = [];
    let wrong: unknown;
    for (const at of this.#others)
      try {
        this.#add(set, this.#rules[at]!.pattern);
        places.push(at);
      } catch (error) {
        // One that came while the bot runs; those that are good go on.
        wrong ??= error;
      }
    this.#set = set;
    this.#places = places;
    this.#compiled = this.#revision;
    if (wrong) throw wrong;
  }

  /** Whether a pattern may be no RE2 syntax, by a look that takes no time: JavaScript's is nearly the same. */
  isOdd(): boolean {
    try {
      for (const pattern of this.#commands.keys()) if (NOT_RE2.test(new RegExp(pattern).source)) return true;
      return false;
    } catch {
      return true;
    }
  }

  /** `text` is `spaced`. */
  match(text: string): Matched | undefined {
    this.#index();
    const first = Math.min(...this.#byWords(text));
    // Compiling takes longer than all the rest of a command from the shell, which seldom needs it.
    const others = this.#mayPrecede(text, first) ? this.#byPattern(text) : [];
    return this.#rules[Math.min(first, ...others)];
  }

  /** Whether a pattern that is not words may match, and goes before the place. */
  #mayPrecede(text: string, place: number): boolean {
    if (this.#others.length > FEW) return true;
    const lower = text.slice(0, LONG).toLowerCase();
    return this.#others.some((at) => {
      const { pattern } = this.#rules[at]!;
      return (
        at < place &&
        lower.startsWith(
          pattern
            .slice(1, 1 + literalLength(pattern))
            .slice(0, LONG)
            .toLowerCase(),
        )
      );
    });
  }

  #byPattern(text: string): number[] {
    try {
      this.compile();
    } catch (error) {
      this.#log?.error({ err: error }, messageOf(error));
    }
    return (this.#set?.match(text) ?? []).map((at) => this.#places[at]!);
  }

  /** Sorts the patterns, and finds those that are words. */
  #index(): void {
    if (this.#revision === this.#commands.revision) return;
    const rules = [...this.#commands].map(([pattern, command]) => ({ pattern, command }));
    rules.sort((a, b) => literalLength(b.pattern) - literalLength(a.pattern));
    const words = new Map<string, Place[]>();
    const others: number[] = [];
    for (const [at, { pattern }] of rules.entries()) {
      const [, literal, end] = WORDS.exec(pattern) ?? [];
      if (literal === undefined) others.push(at);
      else words.set(literal, [...(words.get(literal) ?? []), { at, alone: end === "$" }]);
    }
    this.#rules = rules;
    this.#words = words;
    this.#most = Math.max(0, ...[...words.keys()].map((literal) => literal.split(" ").length));
    this.#others = others;
    this.#revision = this.#commands.revision;
  }

  /** Places of the patterns of words that a text begins with. */
  #byWords(text: string): number[] {
    const places: number[] = [];
    let end = -1;
    for (let words = 0; words < this.#most; words++) {
      end = text.indexOf(" ", end + 1);
      const whole = end < 0;
      const begin = (whole ? text : text.slice(0, end)).toLowerCase();
      for (const { at, alone } of this.#words.get(begin) ?? []) if (whole || !alone) places.push(at);
      if (whole) break;
    }
    return places;
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

/**
 * A text as patterns see it: any run of white space between two words is one space, as people and networks make it what
 * they like. But for the ideographic space: it is as wide as a letter, and a command is what it looks like.
 */
export function spaced(text: string): string {
  return text.trim().replace(/[^\S\u3000]+/gu, " ");
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
