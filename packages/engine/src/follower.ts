import {
  type Event,
  type FollowContext,
  type Log,
  messageOf,
  type Status,
  type Stream,
} from "@micro-bot/core";
import { Backoff, pause } from "./backoff.ts";

/** Events that wait for one follower; then the oldest is dropped and counted. */
const BUFFER = 1000;

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
  #wake: (() => void) | undefined;
  #reads = false;
  #missed = 0;
  #note: string | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  status(): Status {
    const missed = this.#missed > 0 ? `missed ${this.#missed} events` : undefined;
    const note = [this.#note, missed].filter((part) => part !== undefined).join(", ");
    return {
      name: `stream ${this.#options.stream.name}`,
      state: this.#note === undefined ? "up" : "down",
      ...(note && { note }),
    };
  }

  /** Gives it an event. Never waits. */
  push(event: Event): void {
    if (!this.#reads) return;
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
    const backoff = new Backoff();
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
        await pause(backoff.next(), ctx.signal);
      }
    }
  }

  async #once(): Promise<void> {
    const { stream, ctx, log, deliver } = this.#options;
    const said = stream.follow!(this.#events(), ctx);
    if (!(Symbol.asyncIterator in said)) return said;
    for await (const event of said) {
      this.#note = undefined;
      // Not waited for: a network that is down must not hold up what the follower says elsewhere.
      deliver(event).catch((error) =>
        log.warn({ stream: stream.name, to: event.to }, `not sent: ${messageOf(error)}`),
      );
    }
  }

  async *#events(): AsyncGenerator<Event> {
    const { signal } = this.#options.ctx;
    // One that only watches services has no use for a buffer.
    this.#reads = true;
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
    while (!signal.aborted) {
      while (this.#buffer.length > 0) yield this.#buffer.shift()!;
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
