import type { BotError, Event } from "@micro-bot/core";

/** More than this waiting, and Slack is left to deliver the rest again. */
const LIMIT = 10_000;
/** Ids of settled events that are remembered for deliveries that come late. */
const REMEMBERED = 10_000;

/** One delivery of Slack's: an envelope of Socket Mode, or an HTTP request. */
export interface Delivery {
  /** The body of the Events API or of an interaction. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly retry?: number;
  /** Tells Slack that it was taken. */
  ack(): Promise<void>;
}

interface Pending {
  readonly deliveries: Delivery[];
  /** Not yet taken by anybody. */
  waiting: boolean;
}

/** What came in, and whom it is owed to say that it is safe. */
export class Inbox {
  readonly #events: Event[] = [];
  readonly #takers: PromiseWithResolvers<Event>[] = [];
  readonly #pending = new Map<string, Pending>();
  readonly #settled = new Set<string>();
  #over: BotError | undefined;

  /** Whether the delivery is owed an ack now; else it is acknowledged with its event, or comes again. */
  put(event: Event, delivery: Delivery): boolean {
    if (this.#over) return false;
    if (this.#settled.has(event.id)) return true;
    const pending = this.#pending.get(event.id);
    const again = pending?.deliveries.some((one) => one.body.event_id === delivery.body.event_id);
    pending?.deliveries.push(delivery);
    // A mention's other half, or one that nobody took yet. What was taken and comes again could not be kept.
    if (pending && (pending.waiting || !again)) return false;
    if (this.#events.length >= LIMIT) return false;
    this.#pending.set(event.id, pending ?? { deliveries: [delivery], waiting: true });
    this.#events.push(event);
    this.#give();
    return false;
  }

  /** The next event; rejects with why it is over, a lost connection's last events first. */
  take(): Promise<Event> {
    const taker = Promise.withResolvers<Event>();
    this.#takers.push(taker);
    this.#give();
    return taker.promise;
  }

  /** Acknowledges all deliveries of an event. */
  async ack(event: Event): Promise<void> {
    const deliveries = this.#pending.get(event.id)?.deliveries ?? [];
    this.#pending.delete(event.id);
    this.#settled.add(event.id);
    if (this.#settled.size > REMEMBERED) this.#settled.delete(this.#settled.values().next().value!);
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
  }

  end(error: BotError): void {
    if (this.#over) return;
    this.#over = error;
    if (error.code === "closed") this.#events.length = 0;
    this.#give();
  }

  #give(): void {
    while (this.#takers.length > 0) {
      const event = this.#events.shift();
      if (!event && !this.#over) return;
      const taker = this.#takers.shift()!;
      if (!event) taker.reject(this.#over);
      else {
        const pending = this.#pending.get(event.id);
        if (pending) pending.waiting = false;
        taker.resolve(event);
      }
    }
  }
}
