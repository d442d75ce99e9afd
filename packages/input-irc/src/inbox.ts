import type { BotError, Event, Log } from "@micro-bot/core";

/** More than this waiting, and the bot is so far behind that the rest would be answered too late. */
const LIMIT = 10_000;

/** What came in and was not yet taken. */
export class Inbox {
  readonly #log: Log;
  readonly #events: Event[] = [];
  readonly #takers: PromiseWithResolvers<Event>[] = [];
  #over: BotError | undefined;
  #dropped = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  put(event: Event): void {
    if (this.#over) return;
    const taker = this.#takers.shift();
    if (taker) taker.resolve(event);
    else if (this.#events.length < LIMIT) this.#events.push(event);
    else if (this.#dropped++ === 0)
      this.#log.warn({ limit: LIMIT }, "irc: too many messages wait, newer are dropped");
  }

  /** The next event; rejects with why it is over, a lost connection's last events first. */
  take(): Promise<Event> {
    const event = this.#events.shift();
    if (event) return Promise.resolve(event);
    if (this.#over) return Promise.reject(this.#over);
    const taker = Promise.withResolvers<Event>();
    this.#takers.push(taker);
    return taker.promise;
  }

  end(error: BotError): void {
    this.#over = error;
    if (error.code === "closed") this.#events.length = 0;
    for (const taker of this.#takers.splice(0)) taker.reject(error);
  }
}
