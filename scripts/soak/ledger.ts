import type { Fact } from "./facts.ts";
import { Lives } from "./lives.ts";
import { understand } from "./words.ts";

/** All that is known of one thing said to the bot. Times are in milliseconds since 1970. */
interface Account {
  said?: number;
  /** By run, as a text may be said twice. */
  readonly accepted: Set<string>;
  readonly begun: number[];
  effects: number;
  /** Told that it is under way. */
  progress: number;
  done: number;
  /** Told that it is not known how it ended. */
  readonly unknown: number[];
  /** Told that it was not done. */
  refused: number;
}

/** The sums of a soak. */
export interface Tally {
  readonly said: number;
  readonly accepted: number;
  /** Had an effect. */
  readonly ran: number;
  /** Its person was told that it is done. */
  readonly done: number;
  readonly unknown: number;
  readonly refused: number;
  /** Accepted, or it even had an effect, and its person was told nothing. */
  readonly lost: readonly string[];
  /** Had its effect more than once. */
  readonly doubled: readonly string[];
  /** Told as done, and it had no effect. */
  readonly hollow: readonly string[];
  /** Told as done, and nothing of what is said on the way. */
  readonly gaps: readonly string[];
  /** Told as done, and also that nobody knows. */
  readonly contradicted: readonly string[];
  /** Told twice that it is done: a reply whose receipt a crash cut is sent again. */
  readonly repeated: number;
  /** How long the bot had been up, after the crash that cut it, when its person was told that the outcome is unknown. */
  readonly toldAfter: readonly number[];
}

/** What people said, what the bot did with it, and what they were told. It knows nothing of the bot but this. */
export class Ledger {
  readonly lives: Lives = new Lives();
  /** Words to people that are about nothing known: refusals, mostly. How often, by the words. */
  readonly otherWords: Map<string, number> = new Map();
  readonly #accounts = new Map<string, Account>();
  readonly #runs = new Map<string, string>();
  /** What was accepted, or had an effect, or was promised, and of which nobody was told how it ended. */
  readonly #open = new Set<string>();

  say(what: string, at: number): void {
    this.#account(what).said ??= at;
  }

  effect(what: string): void {
    this.#account(what).effects++;
    this.#owe(what);
  }

  note({ kind, run, text = "", at }: Fact): void {
    // What begins was accepted, also when a crash came before that was written down.
    if (OWED.test(text)) {
      this.#runs.set(run, text);
      this.#account(text).accepted.add(run);
      this.#owe(text);
    }
    const what = this.#runs.get(run);
    if (kind === "begun" && what !== undefined) this.#account(what).begun.push(at);
  }

  /** Takes what a person was told. */
  hear(words: string, at: number): void {
    const heard = understand(words);
    if (heard.kind === "other") this.#hearOther(words, heard.run);
    if (!("what" in heard)) return;
    const account = this.#account(heard.what);
    if (heard.kind === "progress") account.progress++;
    else if (heard.kind === "done") account.done++;
    else if (heard.kind === "refused") account.refused++;
    else if (heard.kind === "unknown") account.unknown.push(at);
    if (isClosed(account)) this.#open.delete(heard.what);
    // A job that was promised is owed as much as what was said.
    if (heard.kind === "done" && heard.what.startsWith("defer "))
      this.#owe(heard.what.replace("defer", "count"));
  }

  /** Whether the person of this was told how it ended. */
  closed(what: string): boolean {
    return isClosed(this.#account(what));
  }

  /** What people are still owed. */
  open(): ReadonlySet<string> {
    return this.#open;
  }

  tally(): Tally {
    const all = [...this.#accounts.values()];
    const count = (is: (one: Account) => boolean) => all.filter(is).length;
    const whose = (is: (one: Account, what: string) => boolean) =>
      [...this.#accounts].filter(([what, one]) => is(one, what)).map(([what]) => what);
    return {
      said: count(({ said }) => said !== undefined),
      accepted: count(({ accepted }) => accepted.size > 0),
      ran: count(({ effects }) => effects > 0),
      done: count(({ done }) => done > 0),
      unknown: count(({ unknown }) => unknown.length > 0),
      refused: count(({ refused }) => refused > 0),
      lost: [...this.#open],
      doubled: whose(({ effects }) => effects > 1),
      hollow: whose(({ done, effects }, what) => done > 0 && effects === 0 && EFFECTIVE.test(what)),
      gaps: whose(({ done, progress }, what) => done > 0 && progress === 0 && what.startsWith("order ")),
      contradicted: whose(({ done, unknown }) => done > 0 && unknown.length > 0),
      repeated: count(({ done }) => done > 1),
      toldAfter: all.flatMap((one) => one.unknown.slice(0, 1).map((at) => this.#toldAfter(one, at))),
    };
  }

  #toldAfter({ begun, said }: Account, told: number): number {
    // The first: whoever takes it over writes down once more that it was begun.
    const cut = this.lives.cutAfter(begun[0] ?? said ?? told);
    return cut === undefined ? 0 : this.lives.between(cut, told);
  }

  #owe(what: string): void {
    if (!this.closed(what)) this.#open.add(what);
  }

  #hearOther(words: string, run: string | undefined): void {
    const what = run === undefined ? undefined : this.#runs.get(run);
    if (what !== undefined) {
      this.#account(what).refused++;
      this.#open.delete(what);
    }
    const shape = words.replace(/\([\w-]+\)$/, "(…)").replace(/\d+/g, "N");
    this.otherWords.set(shape, (this.otherWords.get(shape) ?? 0) + 1);
  }

  #account(what: string): Account {
    const known = this.#accounts.get(what);
    if (known) return known;
    const made = {
      accepted: new Set<string>(),
      begun: [],
      effects: 0,
      progress: 0,
      done: 0,
      unknown: [],
      refused: 0,
    };
    this.#accounts.set(what, made);
    return made;
  }
}

function isClosed({ done, unknown, refused }: Account): boolean {
  return done + unknown.length + refused > 0;
}

/** The sums of several ledgers that have nothing in common. */
export function mergeTallies(all: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => number) => all.reduce((total, tally) => total + of(tally), 0);
  return {
    said: sum(({ said }) => said),
    accepted: sum(({ accepted }) => accepted),
    ran: sum(({ ran }) => ran),
    done: sum(({ done }) => done),
    unknown: sum(({ unknown }) => unknown),
    refused: sum(({ refused }) => refused),
    lost: all.flatMap(({ lost }) => lost),
    doubled: all.flatMap(({ doubled }) => doubled),
    hollow: all.flatMap(({ hollow }) => hollow),
    gaps: all.flatMap(({ gaps }) => gaps),
    contradicted: all.flatMap(({ contradicted }) => contradicted),
    repeated: sum(({ repeated }) => repeated),
    toldAfter: all.flatMap(({ toldAfter }) => toldAfter),
  };
}

/** Answers to questions and probes are not: nothing is lost with them that is not asked again. */
const OWED = /^(?:count|order|defer) \d+$/;
const EFFECTIVE = /^(?:count|order) /;
