import { BotError, codeOf, type Event, type Log, messageOf, type Receipt } from "@micro-bot/core";
import { Backoff, pause } from "./backoff.ts";
import type { Loop } from "./loop.ts";
import { span } from "./text.ts";

interface Parcel {
  readonly event: Event;
  readonly since: number;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

export interface OutboxOptions {
  readonly loopOf: (input: string) => Loop | undefined;
  readonly log: Log;
  /** Milliseconds after which an unsent message is dropped. */
  readonly maxAge: number;
}

/** Messages that wait for one room, at most. */
const ROOM_LIMIT = 500;

/**
 * What goes out. One try at a time for each room, in order; a room that is slow or told to wait holds up no other.
 * A message outlives its connection: it waits for the next one.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #rooms = new Map<string, Parcel[]>();
  readonly #stopped = new AbortController();
  #dropped = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Messages that were dropped because they were too old or too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves when the network took the message. */
  async deliver(event: Event): Promise<Receipt> {
    if (!this.#options.loopOf(event.to.input))
      throw new BotError("not_found", `there is no input '${event.to.input}': is it in --inputs?`);
    const key = JSON.stringify([event.to.input, event.to.room]);
    const room = this.#rooms.get(key);
    if (room && room.length >= ROOM_LIMIT) {
      this.#dropped++;
      throw new BotError("limited", `too many messages wait for ${event.to.input}:${event.to.room}`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    const parcel = { event, since: Date.now(), resolve, reject };
    if (room) room.push(parcel);
    else {
      this.#rooms.set(key, [parcel]);
      void this.#empty(key);
    }
    return promise;
  }

  /** Gives up on what still waits. */
  stop(): void {
    this.#stopped.abort();
  }

  async #empty(key: string): Promise<void> {
    const room = this.#rooms.get(key)!;
    for (let parcel = room[0]; parcel; parcel = room[0]) {
      await this.#send(parcel).then(parcel.resolve, parcel.reject);
      room.shift();
    }
    this.#rooms.delete(key);
  }

  async #send({ event, since }: Parcel): Promise<Receipt> {
    const loop = this.#options.loopOf(event.to.input)!;
    const backoff = new Backoff();
    while (true) {
      const left = since + this.#options.maxAge - Date.now();
      const conn =
        left > 0
          ? await loop.connected(AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(left)]))
          : undefined;
      if (!conn || this.#stopped.signal.aborted) throw this.#expired(event, since);
      try {
        return await conn.send(event);
      } catch (error) {
        const code = codeOf(error);
        if (code !== "not_connected" && code !== "limited") throw error;
        this.#options.log.debug({ to: event.to, code }, `not sent yet: ${messageOf(error)}`);
        await pause(retryAfter(error) ?? backoff.next(), this.#stopped.signal);
      }
    }
  }

  #expired({ to }: Event, since: number): BotError {
    this.#dropped++;
    const waited = span(Date.now() - since);
    this.#options.log.warn({ to }, `a message was dropped after waiting ${waited} for ${to.input}`);
    return new BotError("timeout", `${to.input} was not connected for ${waited}: the message was dropped`);
  }
}

function retryAfter(error: unknown): number | undefined {
  const after = (error as { detail?: { retryAfter?: unknown } }).detail?.retryAfter;
  return typeof after === "number" && after >= 0 ? after : undefined;
}
