import type { Event, Match } from "@micro-bot/core";
import { Buckets } from "./buckets.ts";
import type { Who } from "./who.ts";

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
  rate({ person }: Who, event: Event, match: Match, now: number): string | undefined {
    const { input, room } = event.from;
    // Names that nobody vouches for cost nothing: those who have one must not use up what the others have.
    const whose = event.assurance > 0 ? "" : "claimed ";
    if (!this.#people.take(person, now))
      return `too fast: I take ${this.#people.rate} commands a minute from one person`;
    if (!this.#rooms.take(`${whose}${input}:${room}`, now))
      return `too fast: I take ${this.#rooms.rate} commands a minute in one room`;
    if (match.kind === "command" && !this.#runs.take(whose + match.command.name, now))
      return `too fast: ${match.command.name} is run at most ${this.#runs.rate} times a minute`;
    return undefined;
  }

  /** A command of this person was taken: the next refusal is told again. */
  passed({ person }: Who): void {
    this.#told.delete(person);
  }

  /** Counts a refusal. True when its person has not been told of one since their last command that passed. */
  refuse({ person }: Who): boolean {
    this.#refused++;
    if (this.#told.has(person)) return false;
    this.#told.add(person);
    if (this.#told.size > REMEMBERED) this.#told.delete(this.#told.values().next().value!);
    return true;
  }
}
