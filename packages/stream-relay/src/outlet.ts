import type { Event } from "@micro-bot/core";
import { Queue } from "@micro-bot/kit";

/** Messages that wait for one room. */
const MOST = 100;
/** One that nobody hears of for so long, in milliseconds, holds up the next no more. */
const PATIENCE = 30_000;

interface Lane {
  readonly waiting: Event[];
  /** The one that is on its way. */
  going: { readonly id: string; readonly timer: NodeJS.Timeout } | undefined;
}

/**
 * What goes out, one at a time for each room: what the bot itself answers there waits behind one carried message, never
 * behind all of them.
 */
export class Outlet {
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new Queue<Event>();

  /** False: too many wait for that room. */
  put(room: string, event: Event): boolean {
    const lane = this.#lanes.get(room) ?? { waiting: [], going: undefined };
    this.#lanes.set(room, lane);
    if (lane.waiting.length >= MOST) return false;
    lane.waiting.push(event);
    this.#advance(lane);
    return true;
  }

  /** The next that may go, or undefined at the end. */
  next(): Promise<Event | undefined> {
    return this.#ready.take().catch(() => undefined);
  }

  /** The message was sent, or never will be. */
  settle(room: string, id: string): void {
    const lane = this.#lanes.get(room);
    if (lane?.going?.id !== id) return;
    clearTimeout(lane.going.timer);
    lane.going = undefined;
    this.#advance(lane);
  }

  end(): void {
    for (const { going } of this.#lanes.values()) clearTimeout(going?.timer);
    this.#lanes.clear();
    this.#ready.end();
  }

  #advance(lane: Lane): void {
    if (lane.going) return;
    const event = lane.waiting.shift();
    if (!event) return;
    const late = () => {
      lane.going = undefined;
      this.#advance(lane);
    };
    lane.going = { id: event.id, timer: setTimeout(late, PATIENCE).unref() };
    this.#ready.push(event);
  }
}
