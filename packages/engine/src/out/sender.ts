import {
  BotError,
  type Change,
  type Conn,
  codeOf,
  type Entry,
  type Event,
  type Json,
  type Log,
  messageOf,
  type Receipt,
} from "@micro-bot/core";
import { Backoff, pause, retryAfter } from "../inputs/backoff.ts";
import type { Loop } from "../inputs/loop.ts";
import type { Journal } from "../state/journal.ts";
import { newId } from "../state/names.ts";
import type { Replica } from "../state/replica.ts";
import { span } from "../text.ts";

/** A message on its way out. */
export interface Message {
  readonly event: Event;
  /** Its place in the store; absent: it is in this process alone. */
  readonly key?: string;
  /** When it was said, in milliseconds since 1970. */
  readonly since: number;
  /** What is left of it for `more`, to be written with it. */
  readonly rest?: Change;
  /** Aborts when its person wants to hear no more of it: what was not sent yet is dropped. */
  readonly over?: AbortSignal | undefined;
  /** Somebody may have sent it already, and ended before that was written down. */
  readonly doubt: boolean;
  /** Resolves when the network took it. */
  readonly sent: PromiseWithResolvers<Receipt>;
}

interface Row {
  readonly event: Event;
  readonly since: number;
  /** The replica that sends it, unless its input is held by another. */
  readonly holder: string;
}

export interface SenderOptions {
  readonly journal: Journal;
  readonly loops: ReadonlyMap<string, Loop>;
  readonly replica: Replica;
  readonly log: Log;
  /** Milliseconds after which an unsent message is dropped. */
  readonly maxAge: number;
}

/** Messages that wait for one room, at most; what a run says last is not counted: the run is over, and cannot be told. */
const ROOM_LIMIT = 500;
/** Keys have a limit; a room whose name is longer shares its part of the store with others, and nothing else. */
const ROOM_LETTERS = 200;
/** How often a message whose fate is not known is sent again where nobody can look for it. */
const DOUBTS = 3;
/** How soon after a lapse of its lease a replica looks whether it may speak again, in milliseconds. */
const LAPSE = 200;

/**
 * Queues of messages, one for each room: one try at a time, in order; a room that is slow or told to wait holds up no other.
 * A message outlives its connection, and when it was stored its process: it waits for the next one.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #rooms = new Map<string, Message[]>();
  /** Of stored messages that are in memory: they must not be taken from the store a second time. */
  readonly #keys = new Map<string, Message>();
  readonly #removing = new Set<Promise<unknown>>();
  readonly #stopped = new AbortController();
  #dropped = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Messages that were dropped because they were too old or too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * A message for the store: write `changesOf` it, then `push` it. Throws when there is no such input, or no room for it
   * and it is not `last`.
   */
  message(
    event: Event,
    { last = false, over }: { readonly last?: boolean; readonly over?: AbortSignal | undefined } = {},
  ): Message & { readonly key: string } {
    this.#loopOf(event);
    if (!last) this.#check(event);
    const room = encodeURIComponent(event.to.room.toWellFormed()).slice(0, ROOM_LETTERS);
    const key = `out/${event.to.input}/${room}/${newId()}`;
    return { event, key, since: Date.now(), over, doubt: false, sent: newReceipt() };
  }

  /** What puts a message into the store: itself first. */
  changesOf({ event, key, since, rest }: Message & { readonly key: string }): readonly Change[] {
    const row: Row = { event, since, holder: this.#options.replica.self.id };
    return [{ key, value: row as unknown as Json, version: 0 }, ...(rest ? [rest] : [])];
  }

  /** Queues a message that is in the store. Resolves when the network took it, or when the replica that may send it has it. */
  push(message: Message): Promise<Receipt> {
    const { key, event, sent } = message;
    const known = key === undefined ? undefined : this.#keys.get(key);
    // A look into the store was quicker.
    if (known) known.sent.promise.then(sent.resolve, sent.reject);
    // Whoever holds the input takes it from the store.
    else if (key !== undefined && !this.#options.replica.holds(event.to.input)) sent.resolve({});
    else this.#enqueue(message);
    return sent.promise;
  }

  /** Sends what is in this process alone. Resolves when the network took it. */
  async deliver(event: Event): Promise<Receipt> {
    this.#loopOf(event);
    this.#check(event);
    return this.push({ event, since: Date.now(), doubt: false, sent: newReceipt() });
  }

  /** Takes messages over that another process left in the store. */
  adopt(entries: readonly Entry[]): void {
    for (const { key, value } of entries) {
      if (this.#keys.has(key)) continue;
      const { event, since } = value as unknown as Row;
      const message = { event, key, since, doubt: true, sent: newReceipt() };
      message.sent.promise.catch((error) =>
        this.#options.log.warn({ to: event.to }, `a reply from before was not sent: ${messageOf(error)}`),
      );
      this.#enqueue(message);
    }
  }

  /** Forgets, without a trace in the store, what waits for an input that another replica holds now. */
  release(input: string): void {
    for (const room of this.#rooms.values()) {
      if (room[0]?.event.to.input !== input) continue;
      // The first is being tried, and sees for itself.
      for (const { key, sent } of room.splice(1)) {
        if (key !== undefined) this.#keys.delete(key);
        sent.resolve({});
      }
    }
  }

  /** Gives up on what still waits; what is in the store stays there. Resolves when the store knows what was sent. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#removing);
  }

  #loopOf({ to }: Event): Loop {
    const loop = this.#options.loops.get(to.input);
    if (loop) return loop;
    throw new BotError("not_found", `there is no input '${to.input}': is it in --inputs?`);
  }

  #check({ to }: Event): void {
    const room = this.#rooms.get(roomOf(to));
    if (!room || room.length < ROOM_LIMIT) return;
    this.#dropped++;
    throw new BotError("limited", `too many messages wait for ${to.input}:${to.room}`);
  }

  #enqueue(message: Message): void {
    if (message.key !== undefined) this.#keys.set(message.key, message);
    const key = roomOf(message.event.to);
    const room = this.#rooms.get(key);
    if (room) room.push(message);
    else {
      this.#rooms.set(key, [message]);
      void this.#empty(key);
    }
  }

  async #empty(key: string): Promise<void> {
    const room = this.#rooms.get(key)!;
    for (let message = room[0]; message; message = room[0]) {
      try {
        const receipt: Receipt | undefined = await this.#send(message);
        message.sent.resolve(receipt ?? {});
        this.#remove(message);
      } catch (error) {
        message.sent.reject(error);
        // What this process cannot send any more stays for the next.
        if (codeOf(error) !== "closed") this.#remove(message);
      }
      room.shift();
    }
    this.#rooms.delete(key);
  }

  async #send(message: Message): Promise<Receipt> {
    const { event, doubt, over } = message;
    let backoff: Backoff | undefined;
    let doubts = doubt ? 1 : 0;
    while (!over?.aborted) {
      const conn = await this.#conn(message);
      if (conn === undefined || over?.aborted) return {};
      try {
        const found = doubts > 0 ? await conn.find?.(event) : undefined;
        return found ?? (await conn.send(event, over));
      } catch (error) {
        const code = codeOf(error);
        if (code !== "not_connected" && code !== "limited" && code !== "timeout") throw error;
        if (code === "timeout" && ++doubts > DOUBTS && !conn.find) throw error;
        this.#options.log.debug({ to: event.to, code }, `not sent yet: ${messageOf(error)}`);
        backoff ??= new Backoff();
        await pause(retryAfter(error) ?? backoff.next(), this.#ends(over));
        // From now on there is no pause any more: trying on would leave nobody else a turn.
        if (this.#stopped.signal.aborted)
          throw new BotError("closed", `${event.to.input} did not take the message before the end`);
      }
    }
    return {};
  }

  #ends(over: AbortSignal | undefined): AbortSignal {
    return over ? AbortSignal.any([this.#stopped.signal, over]) : this.#stopped.signal;
  }

  /**
   * The connection to send by, once there is one and this replica may speak; undefined when the message is not to be sent
   * here any more. Rejects when it is too old.
   */
  async #conn({ event, key, since, over }: Message): Promise<Conn | undefined> {
    const { replica, maxAge } = this.#options;
    const loop = this.#loopOf(event);
    const left = since + maxAge - Date.now();
    if (left <= 0) throw this.#expired(event, since);
    if (loop.conn && (key === undefined || replica.holds(event.to.input))) return loop.conn;
    const signal = AbortSignal.any([this.#ends(over), AbortSignal.timeout(left)]);
    while (!signal.aborted) {
      const conn = await loop.connected(signal);
      if (!conn) break;
      // What the store does not have is for this process to say, as that the store does not work.
      if (key === undefined || replica.holds(event.to.input)) return conn;
      await pause(LAPSE, signal);
      if (loop.standby) return undefined;
    }
    if (over?.aborted) return undefined;
    if (Date.now() - since >= maxAge) throw this.#expired(event, since);
    throw new BotError("closed", `${event.to.input} ended before the message was sent`);
  }

  #remove({ key, event }: Message): void {
    if (key === undefined) return;
    const { journal, replica, log } = this.#options;
    if (!replica.holds(event.to.input) && this.#loopOf(event).standby) {
      this.#keys.delete(key);
      return;
    }
    const removed = journal
      .keep([{ key }])
      .catch((error) => log.error({ key }, `a message that was sent is still kept: ${messageOf(error)}`))
      .finally(() => {
        this.#keys.delete(key);
        this.#removing.delete(removed);
      });
    this.#removing.add(removed);
  }

  #expired({ to }: Event, since: number): BotError {
    const waited = span(Date.now() - since);
    this.#dropped++;
    this.#options.log.warn({ to }, `a message was dropped after waiting ${waited} for ${to.input}`);
    return new BotError("timeout", `${to.input} was not connected for ${waited}: the message was dropped`);
  }
}

function newReceipt(): PromiseWithResolvers<Receipt> {
  const receipt = Promise.withResolvers<Receipt>();
  // Nobody may be waiting for it any more.
  receipt.promise.catch(() => undefined);
  return receipt;
}

function roomOf({ input, room }: Event["to"]): string {
  return `${input}:${room}`;
}
