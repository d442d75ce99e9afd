import { isBanner, isFooter, isPhone } from "./added.ts";
import { announcement, isQuoted } from "./quotes.ts";
import { linesOf } from "./tidy.ts";

/** One part of a mail's body. */
export interface Text {
  readonly text: string;
  /** Longer lines than this no program broke. */
  readonly broken: number;
}

/** What a person typed into a body, and what that was found by. */
export interface Typed {
  /** Lines that they typed, empty ones between them included, up to the first that they did not. */
  readonly lines: readonly Line[];
  /** Others are quoted. */
  readonly quotes: boolean;
  /** Before all that is surely theirs stands a line that may be the rest of a quoted one. */
  readonly doubt: boolean;
  /** Encrypted text stands there. */
  readonly secret: boolean;
}

export interface Line {
  readonly text: string;
  /** A program may have broken it before the next line. */
  readonly broken: boolean;
}

/** Longer bodies are not read to their end. */
const LONGEST_TEXT = 64 * 1024;
/** No program breaks lines that are shorter, with the word that follows. */
const NARROWEST = 60;
/** Lines as they were typed. */
export const WHOLE = 0;
/** Lines that a program may have broken, wherever it does. */
export const BROKEN: number = Number.POSITIVE_INFINITY;
/** Flowed text (RFC 3676) is joined again, to longer lines than are sent, unless a server took the spaces at their ends away. */
export const FLOWED = 80;
/** RFC 3676, section 4.3; its space is lost on the way more often than not. */
const SIGNATURE = /^--$/u;
const RULE = /^(?:-{3,}|[_=*~#—]{2,})$/u;
/** RFC 9580, section 6. */
const ARMOUR = /^-----BEGIN PGP (MESSAGE|SIGNED MESSAGE|SIGNATURE|PUBLIC KEY BLOCK)\b.*-----$/u;

/** What was typed in a body: never what is quoted, nor what accounts and gateways add. */
export function typedIn(texts: readonly Text[]): Typed {
  const reader = new Reader(texts);
  while (reader.step());
  return reader.typed();
}

class Reader {
  readonly #lines: string[] = [];
  readonly #widest: number[] = [];
  readonly #typed: (Line | undefined)[] = [];
  #at = 0;
  #quotes = false;
  #doubt = false;
  #secret = false;

  constructor(texts: readonly Text[]) {
    let left = LONGEST_TEXT;
    for (const { text, broken } of texts) {
      const lines = linesOf(text.slice(0, left));
      left -= text.length;
      for (const line of lines) {
        this.#lines.push(line);
        this.#widest.push(broken);
      }
      if (left <= 0) break;
      // One part does not go on in the next.
      this.#lines.push("");
      this.#widest.push(WHOLE);
    }
  }

  /** Reads on; false at the end. */
  step(): boolean {
    const at = this.#at;
    if (at >= this.#lines.length) return false;
    const size = this.#others(at);
    if (size > 0) this.#typed.push(undefined);
    else this.#typed.push({ text: this.#lines[at]!, broken: this.#isBroken(at) });
    this.#at += Math.max(1, size);
    return true;
  }

  typed(): Typed {
    const start = this.#typed.findIndex((line) => line !== undefined && line.text !== "");
    const end = this.#typed.indexOf(undefined, start);
    const lines = start < 0 ? [] : this.#typed.slice(start, end < 0 ? undefined : end);
    return {
      lines: lines as readonly Line[],
      quotes: this.#quotes,
      doubt: this.#doubt,
      secret: this.#secret,
    };
  }

  /** How many lines from here on were not typed by the mail's author. */
  #others(at: number): number {
    const line = this.#lines[at]!;
    if (line === "") return 0;
    if (isQuoted(line)) return this.#quote(at);
    const armour = ARMOUR.exec(line);
    if (armour) return this.#armour(at, armour[1]!);
    const above = announcement(this.#lines, at);
    if (above > 0) return this.#announced(at, above);
    if (SIGNATURE.test(line)) return this.#toQuote(at + 1) - at;
    // Between rules there are footers, and one rule may stand above a banner.
    if (RULE.test(line)) return this.#rule(at);
    if (isPhone(line)) return 1;
    return isBanner(line) || isFooter(line) ? this.#reach(at) - at : 0;
  }

  #quote(at: number): number {
    this.#quotes = true;
    // A program that breaks long lines does not mark the rest of a quoted one.
    const end = this.#reach(at);
    if (end === at + 1 || isQuoted(this.#lines[at + 1]!)) return 1;
    this.#doubt ||= !this.#typed.some((line) => line !== undefined && line.text !== "");
    return end - at;
  }

  // Only marked lines can be told from what is typed below them.
  #announced(at: number, size: number): number {
    this.#quotes = true;
    const next = this.#find(at + size, (line) => line !== "");
    return isQuoted(this.#lines[next] ?? "") ? size : this.#lines.length - at;
  }

  #rule(at: number): number {
    return isFooter(this.#lines[at + 1] ?? "") ? this.#toQuote(at + 1) - at : 1;
  }

  #toQuote(from: number): number {
    return this.#find(from, (line, at) => isQuoted(line) || announcement(this.#lines, at) > 0);
  }

  #armour(at: number, what: string): number {
    if (what === "SIGNED MESSAGE") return this.#find(at, (line) => line === "") - at;
    if (what === "MESSAGE") this.#secret = true;
    return this.#find(at, (line) => /^-----END PGP /u.test(line)) + 1 - at;
  }

  /** The first line from one on that is such; how many there are when none is. */
  #find(from: number, is: (line: string, at: number) => boolean): number {
    let at = from;
    while (at < this.#lines.length && !is(this.#lines[at]!, at)) at++;
    return at;
  }

  /** Where the text ends that was one line before a program broke it. */
  #reach(at: number): number {
    let end = at;
    while (this.#isBroken(end)) end++;
    return end + 1;
  }

  #isBroken(at: number): boolean {
    const [line = "", next = ""] = [this.#lines[at], this.#lines[at + 1]];
    if (line.length > this.#widest[at]! || next === "") return false;
    return line.length + 1 + next.split(" ", 1)[0]!.length > NARROWEST;
  }
}
