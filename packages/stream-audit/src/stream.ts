import { BotError, type Event, messageOf, type Receipt, type Turn } from "@micro-bot/core";
import type { Chain } from "./chain.ts";
import { askedOf, changedOf, endOf, type Hide, sentOf, unsentOf } from "./facts.ts";
import type { Facts } from "./record.ts";

export interface RecorderOptions {
  readonly chain: Chain;
  readonly hide: Hide;
  readonly warn: (message: string) => void;
}

/** Writes down what passes: before it is let on, and what came of it. What cannot be written does not pass. */
export class Recorder {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  async receive(turn: Turn, next: () => Promise<void>): Promise<void> {
    if (turn.match.kind === "none") return next();
    const { hide } = this.#options;
    const own = isOwnReading(turn);
    const recorded = !own && (await this.#before(turn));
    const since = performance.now();
    try {
      await next();
    } catch (error) {
      if (!own || isRuled(turn))
        await this.#leniently(endOf(turn, performance.now() - since, hide, { error }));
      throw error;
    }
    if (own && !isRuled(turn)) return;
    const end = endOf(turn, performance.now() - since, hide);
    if (recorded) await this.#strictly(end);
    else await this.#leniently(end);
  }

  async send(event: Event, next: () => Promise<Receipt>): Promise<Receipt> {
    const { hide } = this.#options;
    // A reply where it was asked is told by its run's end.
    if (isInPlace(event) && event.run !== undefined) return next();
    // Not waited for: that nothing can be kept must be told while it is so.
    if (isAnswer(event)) void this.#leniently(sentOf(event, hide));
    else await this.#strictly(sentOf(event, hide));
    try {
      return await next();
    } catch (error) {
      await this.#leniently(unsentOf(event, error, hide));
      throw error;
    }
  }

  record(what: string, text: string): Promise<void> {
    return this.#strictly(changedOf(what, text, this.#options.hide));
  }

  /** Whether it could be written. That it could not is an error for all but the command that finds out why. */
  async #before(turn: Turn): Promise<boolean> {
    const { match } = turn;
    // Nothing runs: what it was and what came of it is one record.
    if (match.kind === "unknown" || match.kind === "refused" || match.kind === "interrupted") return true;
    const asked = askedOf(turn, this.#options.hide);
    if (!isVerify(turn)) {
      await this.#strictly(asked);
      return true;
    }
    return this.#leniently(asked);
  }

  async #strictly(facts: Facts): Promise<void> {
    try {
      await this.#options.chain.append(facts);
    } catch (cause) {
      // A fault, whatever the store calls it; the words of what `failed` are kept from people, and these are for them.
      throw new BotError("not_connected", unwritten(cause), { cause });
    }
  }

  async #leniently(facts: Facts): Promise<boolean> {
    try {
      await this.#options.chain.append(facts);
      return true;
    } catch (error) {
      this.#options.warn(`${facts.kind} of ${facts.run ?? facts.to}: ${unwritten(error)}`);
      return false;
    }
  }
}

function unwritten(error: unknown): string {
  return `the audit record cannot be written (${messageOf(error)})`;
}

/** Whether a rule decided on it, or somebody approved it. */
function isRuled({ notes }: Turn): boolean {
  return notes.rule !== undefined || notes.approval !== undefined;
}

/**
 * What is known to change nothing, typed into the shell by whoever has the program and its store: a record would tell them
 * nothing, and takes longer than all the rest of `micro ping`.
 */
function isOwnReading({ event, match }: Turn): boolean {
  if (event.from.input !== "shell") return false;
  return match.kind === "unknown" || (match.kind === "command" && match.command.reads === true);
}

function isVerify({ match }: Turn): boolean {
  return (
    match.kind === "command" && match.command.name === "audit" && match.args[1]?.toLowerCase() === "verify"
  );
}

function isInPlace({ from, to }: Event): boolean {
  return from.input === to.input && from.room === to.room;
}

/**
 * What the engine says to somebody who spoke, outside of any turn: that it cannot keep what they ask, that a job was
 * missed. It answers an event, and so has that one's notes or the name that it was said to. When nothing can be written
 * down, this is how people are told.
 */
function isAnswer(event: Event): boolean {
  const { from, to, meta } = event;
  if (!isInPlace(event) || to.person === undefined) return false;
  return from.person !== undefined || Object.keys(meta).length > 0;
}
