import {
  type Event,
  type FollowContext,
  type Log,
  messageOf,
  type Status,
  type Stream,
} from "@micro-bot/core";
import { Backoff, pause } from "../inputs/backoff.ts";

/** Events that wait for one follower; then the oldest is dropped and counted. */
const BUFFER = 1000;
/** Messages of one follower that no network has taken yet; then it waits. Below what a room holds, so that none is refused. */
const UNSENT = 100;

export interface FollowerOptions {
  readonly stream: Stream;
  readonly ctx: FollowContext;
  readonly log: Log;
  readonly deliver: (event: Event) => Promise<unknown>;
}

/** Runs one stream's `follow` beside the line: it may hang, throw or be flooded without anybody noticing. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #buffer: Event[] = [];
  readonly #unsent = new Set<Promise<void>>();
  readonly #backoff = new Backoff();
  #wake: (() => void) | undefined;
  /** Whether it has begun to read events. */
  isReading = false;
  #missed = 0;
  #starts = 0;
  #down = false;
  #note: string | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  status(): Status {
    const missed = this.#missed > 0 ? `missed ${this.#missed} events` : undefined;
    const note = [this.#note, missed].filter((part) => part !== undefined).join(", ");
    return {
      name: `stream ${this.#options.stream.name}`,
      state: this.#down ? "down" : "up",
      ...(note && { note }),
    };
  }

  /** Gives it an event. Never waits. */
  push(event: Event): void {
    if (!this.isReading) return;
    if (this.#buffer.length >= BUFFER) {
      this.#buffer.shift();
      this.#missed++;
    }
    this.#buffer.push(event);
    this.#wake?.();
  }

  /** Runs until the bot stops or the follower ends by itself. */
  async run(): Promise<void> {
    const { stream, ctx, log } = this.#options;
    while (!ctx.signal.aborted) {
      try {
        await this.#once();
        return;
      } catch (error) {
        if (ctx.signal.aborted) return;
        this.#note = messageOf(error);
        log.error(
          { stream: stream.name, err: error },
          `stream ${stream.name} stopped following: ${this.#note}`,
        );
        this.#down = true;
        await pause(this.#backoff.next(), ctx.signal);
        this.#down = false;
      }
    }
  }

  async #once(): Promise<void> {
    const { stream, ctx } = this.#options;
    const said = stream.follow!(this.#events(), ctx);
    if (!(Symbol.asyncIterator in said)) return said;
    for await (const event of said) {
      this.#works();
      this.#say(event);
      // However much it says, everybody else has their turn in between.
      await new Promise(setImmediate);
      while (this.#unsent.size >= UNSENT && !ctx.signal.aborted)
        await Promise.race([...this.#unsent, aborted(ctx.signal)]);
    }
  }

  // Not waited for: a network that is down must not hold up what the follower says elsewhere.
  #say(event: Event): void {
    const sent = this.#send(event).finally(() => this.#unsent.delete(sent));
    this.#unsent.add(sent);
  }

  async #send(event: Event): Promise<void> {
    const { stream, log, deliver } = this.#options;
    try {
      // The store would try what is no JSON again and again.
      JSON.stringify(event);
      await deliver(event);
    } catch (error) {
      // What it yielded may be no event at all.
      log.warn({ stream: stream.name, to: event?.to }, `not sent: ${messageOf(error)}`);
    }
  }

  async *#events(): AsyncGenerator<Event> {
    const { signal } = this.#options.ctx;
    const start = ++this.#starts;
    // What is left of a start that failed must not take events from the next.
    const over = () => signal.aborted || start !== this.#starts;
    const wake = () => this.#wake?.();
    // One that only watches services has no use for a buffer.
    this.isReading = true;
    signal.addEventListener("abort", wake);
    try {
      while (!over()) {
        while (this.#buffer.length > 0 && !over()) {
          yield this.#buffer.shift()!;
          this.#works();
        }
        if (over()) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  /** It came through an event, or said something: what went wrong before is over. */
  #works(): void {
    this.#note = undefined;
    this.#backoff.reset();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
