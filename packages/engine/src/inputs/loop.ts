import {
  BotError,
  type Conn,
  codeOf,
  type Event,
  type Input,
  type Log,
  messageOf,
  type Status,
} from "@micro-bot/core";
import { Backoff, pause, retryAfter } from "./backoff.ts";

/** A connection that lasted this long was a good one: the next loss starts with a short wait again. */
const STEADY = 10_000;
/** How long a `close` or `stop` of an input may take. */
const CLOSING = 5_000;

export interface LoopOptions {
  readonly input: Input;
  readonly log: Log;
}

/** Takes events; what it returns is waited for only when the input is sequential. */
export interface Receiver {
  receive(event: Event, ack?: () => void): Promise<void>;
}

/** Keeps one input connected, whatever happens to it or to the others. */
export class Loop {
  readonly input: Input;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  readonly #waiting = new Set<() => void>();
  /** The connection, while there is one. */
  conn: Conn | undefined;
  #status: Status;
  #running: Promise<void> | undefined;
  #started = false;
  #over = false;
  #mayConnect: PromiseWithResolvers<void> | undefined;

  constructor({ input, log }: LoopOptions) {
    this.input = input;
    this.#log = log;
    this.#status = { name: `input ${input.name}`, state: "stopped", since: Date.now() };
    if (input.single) this.#mayConnect = Promise.withResolvers();
  }

  /** Whether another bot has the connection. */
  get standby(): boolean {
    return this.#mayConnect !== undefined;
  }

  /** `holder` is who holds the input, in words, where only one bot may connect. */
  status(holder?: string): Status {
    const note = [this.#status.note, holder && `held by ${holder}`].filter(Boolean).join(", ");
    return note === "" ? this.#status : { ...this.#status, note };
  }

  /** This bot holds the input: it may connect. */
  gained(): void {
    this.#mayConnect?.resolve();
    this.#mayConnect = undefined;
  }

  /** Another bot holds the input: the connection is closed until it is this bot's again. */
  async lost(): Promise<void> {
    this.#mayConnect ??= Promise.withResolvers();
    await this.#guard("close", this.conn?.close());
    this.conn = undefined;
  }

  /** Resolves when the input reached its end by itself, or was stopped. Call it once. */
  run(receiver: Receiver): Promise<void> {
    this.#running ??= this.#run(receiver).finally(() => this.#end());
    return this.#running;
  }

  /** The connection, as soon as there is one; undefined when the signal aborts first or the input has ended. */
  async connected(signal: AbortSignal): Promise<Conn | undefined> {
    while (!this.conn) {
      if (signal.aborted || this.#over) return undefined;
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#waiting.delete(done);
          signal.removeEventListener("abort", done);
          resolve();
        };
        this.#waiting.add(done);
        signal.addEventListener("abort", done, { once: true });
      });
    }
    return this.conn;
  }

  /** Takes no more events; the connection stays, for replies. */
  quiesce(): void {
    this.#stopping.abort();
  }

  /** Ends the connection and the input. */
  async stop(): Promise<void> {
    this.quiesce();
    await this.#guard("close", this.conn?.close());
    await this.#guard("stop", this.input.stop());
    this.conn = undefined;
    this.#end();
    this.#set("stopped");
  }

  async #run(receiver: Receiver): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#allowed();
      if (this.#stopping.signal.aborted) return;
      const began = Date.now();
      try {
        await this.#connect();
        await this.#read(receiver);
      } catch (error) {
        if (this.standby) {
          this.conn = undefined;
          continue;
        }
        if (codeOf(error) === "closed") break;
        if (this.#stopping.signal.aborted) return;
        await this.#lost(error, began);
      }
    }
  }

  async #allowed(): Promise<void> {
    if (!this.#mayConnect) return;
    this.#set("standby");
    const stopped = Promise.withResolvers<void>();
    this.#stopping.signal.addEventListener("abort", () => stopped.resolve(), { once: true });
    await Promise.race([this.#mayConnect.promise, stopped.promise]);
  }

  async #connect(): Promise<void> {
    this.#set("starting", this.#status.note);
    if (!this.#started) await this.input.start();
    this.#started = true;
    const conn = await this.input.stream();
    if (this.#stopping.signal.aborted || this.standby) {
      await this.#guard("close", conn.close());
      throw new BotError("closed", "stopped, or held by another bot, while connecting");
    }
    this.conn = conn;
    this.#set("up");
    this.#log.info({ input: this.input.name }, `${this.input.name} is connected`);
  }

  async #read(receiver: Receiver): Promise<void> {
    while (true) {
      const conn = this.conn!;
      const event = await conn.recv();
      const ack = conn.ack && (() => void this.#ack(conn, event));
      const taken = receiver
        .receive(event, ack)
        .catch((error) =>
          this.#log.error({ input: this.input.name, err: error }, `an event was lost: ${messageOf(error)}`),
        );
      if (this.input.sequential) await taken;
    }
  }

  // A network that does not hear it delivers the event again, which is then known.
  async #ack(conn: Conn, event: Event): Promise<void> {
    try {
      await conn.ack?.(event);
    } catch (error) {
      this.#log.debug({ input: this.input.name, event: event.id }, `not acknowledged: ${messageOf(error)}`);
    }
  }

  async #lost(error: unknown, began: number): Promise<void> {
    await this.#guard("close", this.conn?.close());
    this.conn = undefined;
    if (this.#status.state === "up" && Date.now() - began > STEADY) this.#backoff.reset();
    // Told to wait, as of 429: sooner would only be told so again.
    const wait = Math.max(this.#backoff.next(), retryAfter(error) ?? 0);
    this.#set("down", messageOf(error));
    const fields = { input: this.input.name, code: codeOf(error), retry_ms: Math.round(wait) };
    this.#log.warn(fields, `${this.input.name} is down: ${messageOf(error)}`);
    await pause(wait, this.#stopping.signal);
  }

  #end(): void {
    this.#over = true;
    for (const wake of [...this.#waiting]) wake();
  }

  #set(state: Status["state"], note?: string): void {
    const since = state === this.#status.state ? this.#status.since : Date.now();
    this.#status = {
      name: this.#status.name,
      state,
      ...(since !== undefined && { since }),
      ...(note !== undefined && { note }),
    };
    for (const wake of [...this.#waiting]) wake();
  }

  // A library that hangs or throws while it ends must not keep the bot from stopping or reconnecting.
  async #guard(what: string, work: Promise<unknown> | undefined): Promise<void> {
    const done = new AbortController();
    const late = pause(CLOSING, done.signal).then(() => {
      if (!done.signal.aborted) throw new Error("it took too long");
    });
    try {
      await Promise.race([work, late]);
    } catch (error) {
      this.#log.warn({ input: this.input.name }, `${what} of ${this.input.name} failed: ${messageOf(error)}`);
    } finally {
      done.abort();
    }
  }
}
