import type { BotError, Event, Log } from "@micro-bot/core";

/** More than this waiting, and the bot is so far behind that the rest would be answered too late. */
const LIMIT = 10_000;

/** What came in and was not yet taken. */
export class Inbox {
  readonly #name: string;
  readonly #log: Log;
  readonly #events: Event[] = [];
  readonly #takers: PromiseWithResolvers<Event>[] = [];
  #over: BotError | undefined;
  #dropped = 0;

  constructor(name: string, log: Log) {
    this.#name = name;
    this.#log = log;
  }

  /** False when there is no place for it. */
  put(event: Event): boolean {
    if (this.#over) return false;
    const taker = this.#takers.shift();
    if (taker) taker.resolve(event);
    else if (this.#events.length < LIMIT) this.#events.push(event);
    else return this.#drop();
    return true;
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

  #drop(): false {
    if (this.#dropped++ === 0)
      this.#log.warn({ limit: LIMIT }, `${this.#name}: too many messages wait, newer are dropped`);
    return false;
  }
}
