import { type Log, messageOf, type Status, type Store } from "@micro-bot/core";
import { pause } from "@micro-bot/kit";
import { GoodFile } from "./good-file.ts";
import { parsePolicy, readText } from "./load.ts";
import type { Policy } from "./policy.ts";
import { takenAway } from "./taken-away.ts";
import { isBeginning, isEnded } from "./torn.ts";
import { clock } from "./words.ts";

/** How often the file is looked at, in milliseconds. */
const LOOK_MS = 500;
/** How long a file that may be cut must stay as it is until it is taken, in milliseconds. */
const HOLD_MS = 60_000;
/** Changes that are told one by one, at most. */
const MAX_TOLD = 20;

/** Tells operators, and those who keep a record. */
export type Tell = (text: string) => void;

interface Version {
  readonly text: string;
  readonly policy: Policy;
}

interface Options {
  readonly path: string;
  readonly log: Log;
  /** Where the last good file is kept. */
  readonly store: Store;
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * The access file: read at the start, and again when it changed. One that is broken is refused, and the old one kept. One
 * that may be cut, as it is the beginning of the last good one, is held back for a minute.
 */
export class AccessFile {
  readonly #path: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #good: GoodFile;
  #version: Version;
  #held: (Version & { readonly until: number }) | undefined;
  #known: Promise<void> | undefined;
  /** How the file looked when it was read, and at the last look: one that is being written is not read yet. */
  #read: string | undefined;
  #seen: string | undefined;
  #since: number;
  #trouble: string | undefined;

  /** Throws `config` for a file that is missing or wrong. */
  constructor({ path, log, store, now = Date.now }: Options) {
    this.#path = path;
    this.#log = log;
    this.#now = now;
    this.#good = new GoodFile(store, path);
    this.#version = versionOf(path);
    this.#since = now();
  }

  get policy(): Policy {
    return this.#version.policy;
  }

  status(): Status {
    const state = this.#trouble === undefined ? "up" : "down";
    const note =
      this.#trouble === undefined
        ? `${this.policy.rules.length} rules`
        : `the old rules hold: ${this.#trouble}`;
    return { name: "access file", state, since: this.#since, note };
  }

  /**
   * Resolves when it is known whether the file was whole at the start: if it may be cut, the last good rules hold. Until
   * then nothing may be decided. Rejects when the store cannot say.
   */
  known(): Promise<void> {
    this.#known ??= this.#recall().catch((error) => {
      this.#known = undefined;
      throw error;
    });
    return this.#known;
  }

  /** Watches until the signal aborts. `changed` is called after other rules hold. */
  async watch(signal: AbortSignal, changed: () => void, tell: Tell): Promise<void> {
    await this.known();
    // What changed between the start and now is seen by the first look.
    while (!signal.aborted) {
      if (await this.look(tell)) changed();
      await pause(LOOK_MS, signal);
    }
  }

  /** Looks at the file once; it is read when it looks as it did at the last look. True: other rules hold now. */
  async look(tell: Tell): Promise<boolean> {
    const look = await lookOf(this.#path);
    const isSettled = look === this.#seen;
    this.#seen = look;
    if (!isSettled) return false;
    if (look !== this.#read) {
      this.#read = look;
      return this.#readAgain(tell);
    }
    if (!this.#held || this.#held.until > this.#now()) return false;
    return this.#take(this.#held, tell);
  }

  async #recall(): Promise<void> {
    const good = await this.#good.get();
    if (!good) return;
    const last = parsed(this.#path, good.text);
    if (!last || !mayBeCut(this.#version, last)) return;
    const until = GoodFile.until(good, this.#version.text) ?? Number.POSITIVE_INFINITY;
    if (until <= this.#now()) return;
    this.#held = { ...this.#version, until };
    this.#settle(wordsOf(this.#version, last));
    this.#version = last;
  }

  async #readAgain(tell: Tell): Promise<boolean> {
    let next: Version;
    try {
      next = versionOf(this.#path);
    } catch (error) {
      this.#held = undefined;
      this.#settle(messageOf(error));
      this.#log.error(
        { file: this.#path, err: error },
        `the access file is refused, the old rules hold: ${messageOf(error)}`,
      );
      return false;
    }
    if (mayBeCut(next, this.#version) && (await this.#hold(next, tell))) return false;
    return this.#take(next, tell);
  }

  /** False: it was held back for long enough. */
  async #hold(next: Version, tell: Tell): Promise<boolean> {
    const begun = { until: this.#now() + HOLD_MS, isFirst: true };
    const { until, isFirst } = await this.#kept(
      this.#good.hold(next.text, begun.until, this.#version.text),
      begun,
    );
    if (until <= this.#now()) return false;
    this.#held = { ...next, until };
    const why = wordsOf(next, this.#version);
    this.#settle(why);
    const words = `the access file ${this.#path} is held back: ${why}. Its old rules hold until ${clock(until)}, then it is taken as it is: ${told(takenAway(this.#version.policy, next.policy))}. Put the whole file there, or end it with a line '...' if it is whole`;
    this.#log.error({ file: this.#path }, words);
    if (isFirst) tell(words);
    return true;
  }

  async #take(next: Version, tell: Tell): Promise<boolean> {
    const before = this.#version;
    const isOther = !isSame(next.policy, before.policy);
    if (isOther || this.#trouble !== undefined)
      this.#log.info({ file: this.#path }, "the access file was read again");
    this.#version = next;
    this.#held = undefined;
    this.#settle(undefined);
    const kept = await this.#kept(this.#good.keep(next.text), isOther ? before.text : undefined);
    const last = kept === undefined ? undefined : parsed(this.#path, kept);
    const gone = last ? takenAway(last.policy, next.policy) : [];
    if (gone.length === 0) return isOther;
    const words = `the access file ${this.#path} was changed: ${told(gone)}`;
    this.#log.warn({ file: this.#path }, words);
    tell(words);
    return isOther;
  }

  /** What the store says; without it the bot goes on by itself. */
  async #kept<T>(asked: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      this.#log.warn({ file: this.#path, err: error }, `the access file is not kept: ${messageOf(error)}`);
      return otherwise;
    }
  }

  #settle(trouble: string | undefined): void {
    this.#trouble = trouble;
    this.#since = this.#now();
  }
}

function versionOf(path: string): Version {
  const text = readText(path);
  return { text, policy: parsePolicy(path, text) };
}

/** A text of before; undefined when it cannot be read by this version of the bot. */
function parsed(path: string, text: string): Version | undefined {
  try {
    return { text, policy: parsePolicy(path, text) };
  } catch {
    return undefined;
  }
}

/** Whether a file may be half written: the beginning of the last good one, or one that takes away and lacks the mark that it had. */
function mayBeCut(next: Version, last: Version): boolean {
  if (isEnded(next.text) || isSame(next.policy, last.policy)) return false;
  if (isBeginning(next.text, last.text)) return true;
  return isEnded(last.text) && takenAway(last.policy, next.policy).length > 0;
}

function wordsOf(next: Version, last: Version): string {
  return isBeginning(next.text, last.text)
    ? "it is only the beginning of the last good one, as if it was cut while it was written"
    : "it lacks the line '...' that the last good one ended with, as if it was cut while it was written";
}

function told(gone: readonly string[]): string {
  if (gone.length === 0) return "its accounts have changed";
  const more = gone.length - MAX_TOLD;
  return gone.slice(0, MAX_TOLD).join("; ") + (more > 0 ? `; and ${more} changes more` : "");
}

/** What tells one state of a file from another, also when an editor puts a new file in its place. */
async function lookOf(path: string): Promise<string> {
  const { stat } = await import("node:fs/promises");
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return messageOf(error);
  }
}

function isSame(one: Policy, other: Policy): boolean {
  return JSON.stringify(shape(one)) === JSON.stringify(shape(other));
}

function shape({ people, rules }: Policy): unknown {
  return {
    people: [...people],
    rules: rules.map(({ digest, who, approval }) => [
      digest,
      [...who.people],
      [...(approval?.by.people ?? [])],
    ]),
  };
}
