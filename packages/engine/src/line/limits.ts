import type { Event, Match } from "@micro-bot/core";
import { Buckets } from "./buckets.ts";

/** People remembered at one time; the longest quiet are forgotten first. */
const REMEMBERED = 10_000;

export interface LimitSettings {
  readonly rate: number;
  readonly room_rate?: number | undefined;
  readonly command_rate?: number | undefined;
  readonly max_text: number;
}

/** What may be asked of the bot: how long a text, how many commands a minute, saved up to a minute's worth. */
export class Limits {
  readonly #settings: LimitSettings;
  readonly #people: Buckets;
  readonly #rooms: Buckets;
  readonly #runs: Buckets;
  /** Who was told of a refusal, and had nothing taken since. */
  readonly #told = new Set<string>();
  #refused = 0;

  constructor(settings: LimitSettings) {
    const { rate, room_rate = 10 * rate, command_rate = 20 * rate } = settings;
    this.#settings = settings;
    this.#people = new Buckets(rate);
    this.#rooms = new Buckets(room_rate);
    this.#runs = new Buckets(command_rate);
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

  /** Why this must wait, if it must; otherwise counts one command. */
  rate(event: Event, match: Match, now: number): string | undefined {
    const { input, room } = event.from;
    // Names that nobody vouches for cost nothing: those who have one must not use up what the others have.
    const whose = event.assurance > 0 ? "" : "claimed ";
    if (!this.#people.take(keyOf(event), now))
      return `too fast: I take ${this.#people.rate} commands a minute from one person`;
    if (!this.#rooms.take(`${whose}${input}:${room}`, now))
      return `too fast: I take ${this.#rooms.rate} commands a minute in one room`;
    if (match.kind === "command" && !this.#runs.take(whose + match.command.name, now))
      return `too fast: ${match.command.name} is run at most ${this.#runs.rate} times a minute`;
    return undefined;
  }

  /** A command of this person was taken: the next refusal is told again. */
  passed(event: Event): void {
    this.#told.delete(keyOf(event));
  }

  /** Counts a refusal. True when its person has not been told of one since their last command that passed. */
  refuse(event: Event): boolean {
    const key = keyOf(event);
    this.#refused++;
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    if (this.#told.size > REMEMBERED) this.#told.delete(this.#told.values().next().value!);
    return true;
  }
}

// Somebody who only claims to be a person must not use up what is theirs.
function keyOf({ from, assurance }: Event): string {
  return `${assurance} ${from.input}:${from.person ?? from.room}`;
}
