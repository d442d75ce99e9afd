import type { Event } from "@micro-bot/core";

/** People remembered at one time; the longest quiet are forgotten first. */
const REMEMBERED = 10_000;

export interface LimitSettings {
  readonly rate: number;
  readonly max_text: number;
}

interface Person {
  /** Commands they may give at once. 0 <= tokens <= rate. */
  tokens: number;
  at: number;
  told: boolean;
}

/** What one person may ask of the bot: how long a text, how many commands a minute, saved up to a minute's worth. */
export class Limits {
  readonly #settings: LimitSettings;
  readonly #people = new Map<string, Person>();
  #refused = 0;

  constructor(settings: LimitSettings) {
    this.#settings = settings;
  }

  /** How many events were refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Why a text is too long to be read, if it is. */
  length({ data }: Event): string | undefined {
    const { max_text } = this.#settings;
    return data.length > max_text
      ? `it has ${data.length} characters, and I read at most ${max_text}`
      : undefined;
  }

  /** Why this person must wait, if they must; otherwise counts one command. */
  rate(event: Event, now: number): string | undefined {
    const { rate } = this.#settings;
    const person = this.#person(event, now);
    person.tokens = Math.min(rate, person.tokens + ((now - person.at) / 60_000) * rate);
    person.at = now;
    if (person.tokens < 1) return `too fast: I take ${rate} commands a minute from one person`;
    person.tokens--;
    return undefined;
  }

  /** A command of this person was taken: the next refusal is told again. */
  passed(event: Event): void {
    const person = this.#people.get(keyOf(event));
    if (person) person.told = false;
  }

  /** Counts a refusal. True when its person has not been told of one since their last command that passed. */
  refuse(event: Event, now: number): boolean {
    const person = this.#person(event, now);
    this.#refused++;
    const tell = !person.told;
    person.told = true;
    return tell;
  }

  #person(event: Event, now: number): Person {
    const key = keyOf(event);
    const person = this.#people.get(key) ?? { tokens: this.#settings.rate, at: now, told: false };
    this.#people.delete(key);
    this.#people.set(key, person);
    if (this.#people.size > REMEMBERED) this.#people.delete(this.#people.keys().next().value!);
    return person;
  }
}

// Somebody who only claims to be a person must not use up what is theirs.
function keyOf({ from, assurance }: Event): string {
  return `${assurance} ${from.input}:${from.person ?? from.room}`;
}
