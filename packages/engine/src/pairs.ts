import { type Event, formatAddress } from "@micro-bot/core";

/** Pairs remembered at one time; the longest quiet are forgotten first. */
const REMEMBERED = 1000;
/** So much is answered in an exchange like that of two bots; the last answer says that it is the last. */
const MOST = 5;
/** Within this time, in milliseconds. */
const WINDOW = 60_000;
/** What comes sooner after an answer was not typed by somebody who read it, in milliseconds. */
const SOON = { same: 300, unknown: 1500, echo: 10_000 } as const;
/** How long nothing is answered then, in milliseconds. */
const MUTE = 600_000;
/** Shorter answers are part of much that people say. */
const SHORT = 8;

interface Pair {
  /** What was said last, and what was answered. */
  said: string;
  answered: string;
  answeredAt: number;
  count: number;
  since: number;
  mutedUntil: number;
}

/**
 * Tells two bots that answer each other from a person: what is said comes at once after an answer, and repeats the
 * answer, or what was said before, or is nothing the bot knows. The clock is passed in.
 */
export class Pairs {
  readonly #pairs = new Map<string, Pair>();

  /** Why nothing more is answered here, if so. `known`: it is a command or an answer to a question. */
  hear(event: Event, known: boolean, now: number): string | undefined {
    const pair = this.#pair(event);
    if (now < pair.mutedUntil) return MUTED;
    const said = folded(event.data);
    if (isAnswer(pair, said, known, now - pair.answeredAt) && now - pair.since <= WINDOW) pair.count++;
    else Object.assign(pair, { count: 0, since: now });
    pair.said = said;
    if (pair.count < MOST - 1) return undefined;
    Object.assign(pair, { count: 0, mutedUntil: now + MUTE });
    return MUTED;
  }

  /** What the bot answered to an event. */
  answer(event: Event, text: string, now: number): void {
    const pair = this.#pair(event);
    pair.answered = folded(text);
    pair.answeredAt = now;
  }

  #pair({ from: { input, room, person } }: Event): Pair {
    const key = formatAddress({ input, room, ...(person !== undefined && { person }) });
    const pair = this.#pairs.get(key) ?? { ...NEW };
    this.#pairs.delete(key);
    this.#pairs.set(key, pair);
    if (this.#pairs.size > REMEMBERED) this.#pairs.delete(this.#pairs.keys().next().value!);
    return pair;
  }
}

function isAnswer({ said: before, answered }: Pair, said: string, known: boolean, after: number): boolean {
  if (after < SOON.echo && answered.length >= SHORT && said.includes(answered)) return true;
  return (after < SOON.unknown && !known) || (after < SOON.same && said === before);
}

const NEW: Pair = { said: "", answered: "", answeredAt: -Infinity, count: 0, since: 0, mutedUntil: 0 };
const MUTED = "we answer each other like two bots: I say nothing more to you here for 10 minutes";

function folded(text: string): string {
  return text.trim().toLowerCase().slice(0, 200);
}
