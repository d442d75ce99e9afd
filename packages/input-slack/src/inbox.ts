import type { BotError, Event } from "@micro-bot/core";
import { Queue, RecentMap } from "@micro-bot/kit";

/** More events than this waiting, and Slack is left to deliver the rest again. */
const MAX_WAITING = 10_000;
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
  readonly #events = new Queue<Event>(MAX_WAITING);
  readonly #pending = new Map<string, Pending>();
  readonly #settled = new RecentMap<string, true>(REMEMBERED);

  /** Whether the delivery is owed an ack now; else it is acknowledged with its event, or comes again. */
  put(event: Event, delivery: Delivery): boolean {
    if (this.#events.ended) return false;
    if (this.#settled.has(event.id)) return true;
    const pending = this.#pending.get(event.id);
    const again = pending?.deliveries.some((one) => one.body.event_id === delivery.body.event_id);
    pending?.deliveries.push(delivery);
    // A mention's other half, or one that nobody took yet. What was taken and comes again could not be kept.
    if (pending && (pending.waiting || !again)) return false;
    if (this.#events.put(event))
      this.#pending.set(event.id, pending ?? { deliveries: [delivery], waiting: true });
    return false;
  }

  /** The next event; rejects with why it is over, a lost connection's last events first. */
  async take(): Promise<Event> {
    const event = await this.#events.take();
    const pending = this.#pending.get(event.id);
    if (pending) pending.waiting = false;
    return event;
  }

  /** Acknowledges all deliveries of an event. */
  async ack(event: Event): Promise<void> {
    const deliveries = this.#pending.get(event.id)?.deliveries ?? [];
    this.#pending.delete(event.id);
    this.#settled.set(event.id, true);
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
  }

  end(error: BotError): void {
    if (error.code === "closed") this.#events.drain();
    this.#events.end(error);
  }
}
