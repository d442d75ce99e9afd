import type { BotError, Event } from "@micro-bot/core";

/** More than this need not be read ahead. */
const AHEAD = 20;

/** What came in and was not yet taken. */
export class Inbox {
  readonly #events: Event[] = [];
  readonly #takers: PromiseWithResolvers<Event>[] = [];
  readonly #waiting: (() => void)[] = [];
  #over: BotError | undefined;

  put(event: Event): void {
    if (this.#over) return;
    const taker = this.#takers.shift();
    if (taker) taker.resolve(event);
    else this.#events.push(event);
  }

  /** Resolves when more is wanted, or when it is over. */
  async room(): Promise<void> {
    while (!this.#over && this.#events.length >= AHEAD)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The next event; rejects with why it is over. What was not taken by then comes again from the network. */
  take(): Promise<Event> {
    if (this.#over) return Promise.reject(this.#over);
    const event = this.#events.shift();
    for (const go of this.#waiting.splice(0)) go();
    if (event) return Promise.resolve(event);
    const taker = Promise.withResolvers<Event>();
    this.#takers.push(taker);
    return taker.promise;
  }

  end(error: BotError): void {
    if (this.#over) return;
    this.#over = error;
    this.#events.length = 0;
    for (const taker of this.#takers.splice(0)) taker.reject(error);
    for (const go of this.#waiting.splice(0)) go();
  }
}
