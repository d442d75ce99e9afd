import type { Event, Match } from "@micro-bot/core";
import type { Who } from "./who.ts";

/** Pairs remembered at one time; the longest quiet are forgotten first. */
const REMEMBERED = 1000;
/** So much is answered in an exchange like that of two bots; the last answer says that it is the last. */
const MOST = 5;
/** Within this time, in milliseconds. */
const WINDOW = 60_000;
/** What comes so soon after an answer may be an answer to it, in milliseconds. */
const SOON = 10_000;
/** Nobody reads an answer and asks the same again so soon, in milliseconds. */
const AT_ONCE = 300;
/** Nobody types faster than a letter in so many milliseconds: 240 words a minute. */
const LETTER_MS = 50;
/** A person whom the network vouches for may send the same slip again; nobody sends the same sentence of so many letters. */
const SENTENCE = 30;
/** How long nothing is answered then, in milliseconds. */
const MUTE = 600_000;
/** Shorter answers are part of much that people say. */
const SHORT = 8;

/** How often something was said that a bot would say. */
interface Count {
  count: number;
  since: number;
  mutedUntil: number;
}

interface Pair {
  /** What was said last, and what was answered. */
  said: string;
  answered: string;
  answeredAt: number;
  /** Texts that repeat what was answered, or a command at once: then nothing more is answered. */
  readonly echoes: Count;
  /** Texts that are no command, soon after an answer: then no more of those are answered. */
  readonly babble: Count;
}

/** Tells a bot that answers this one from a person, by what it says and when. The clock is passed in. */
export class BotLoops {
  readonly #pairs = new Map<string, Pair>();

  /** Why nothing more is answered here, if so. */
  hear({ here }: Who, event: Event, { kind }: Match, now: number): string | undefined {
    // A question was asked: it is only natural to answer.
    if (kind === "answer") return undefined;
    const pair = this.#pair(here);
    const said = folded(event.data);
    const after = now - pair.answeredAt;
    const echo = after < SOON && pair.answered.length >= SHORT && said.includes(pair.answered);
    const again = after < AT_ONCE && kind === "command" && said === pair.said;
    const babble = kind !== "command" && after < SOON && isLikeABot(event, said, pair, after);
    pair.said = said;
    if (isMuted(pair.echoes, echo || again, now)) return WHY;
    if (kind !== "command" && isMuted(pair.babble, babble, now)) return WHY;
    return undefined;
  }

  /** What the bot answered somebody. */
  answer({ here }: Who, text: string, now: number): void {
    const pair = this.#pair(here);
    pair.answered = folded(text);
    pair.answeredAt = now;
  }

  #pair(key: string): Pair {
    const pair = this.#pairs.get(key) ?? newPair();
    this.#pairs.delete(key);
    this.#pairs.set(key, pair);
    if (this.#pairs.size > REMEMBERED) this.#pairs.delete(this.#pairs.keys().next().value!);
    return pair;
  }
}

/**
 * Whether what is no command, and came soon after an answer, is a bot's. Of a name that nobody vouches for that is enough:
 * names cost nothing. Of a person whom the network knows it must be more than slips of the finger.
 */
function isLikeABot({ assurance, data }: Event, said: string, pair: Pair, after: number): boolean {
  if (assurance === 0) return true;
  const typing = Math.max(AT_ONCE, data.length * LETTER_MS);
  return after < typing || (said === pair.said && said.length >= SENTENCE);
}

/** Counts one that is like a bot's; one that is not begins anew. */
function isMuted(counted: Count, like: boolean, now: number): boolean {
  if (now < counted.mutedUntil) return true;
  if (like && now - counted.since <= WINDOW) counted.count++;
  else Object.assign(counted, { count: 0, since: now });
  if (counted.count < MOST - 1) return false;
  Object.assign(counted, { count: 0, mutedUntil: now + MUTE });
  return true;
}

function newPair(): Pair {
  const none = { count: 0, since: 0, mutedUntil: 0 };
  return { said: "", answered: "", answeredAt: -Infinity, echoes: { ...none }, babble: { ...none } };
}

const WHY = "we answer each other like two bots: I say nothing more of this to you here for 10 minutes";

function folded(text: string): string {
  return text.trim().toLowerCase().slice(0, 200);
}
