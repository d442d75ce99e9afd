import { RecentMap } from "@micro-bot/kit";
import type { Jid } from "./jid.ts";
import type { Receipts } from "./receipts.ts";
import type { Rooms } from "./rooms.ts";
import type { Directory } from "./settings.ts";
import type { StreamManagement } from "./stream-management.ts";

/** After so many milliseconds what is given again was said too long ago to be answered. */
const FRESH = 60_000;
/** Chats that are remembered in which it was said that what is encrypted is not read. */
const MAX_TOLD = 1000;

export interface SessionParts {
  readonly me: Jid;
  readonly counter: StreamManagement;
  readonly rooms: Rooms;
  readonly receipts: Receipts;
}

/** What lasts from one connection to the next as long as the server lets it: XEP-0198, section 5. */
export class Session implements SessionParts {
  /** Names it in the ids of events. */
  readonly id: string = crypto.randomUUID();
  readonly me: Jid;
  readonly counter: StreamManagement;
  readonly rooms: Rooms;
  readonly receipts: Receipts;
  /** Rooms and people that were told that what is encrypted is not read. */
  readonly unreadable: RecentMap<string, true> = new RecentMap(MAX_TOLD);
  directory: Directory | undefined;
  /** Others were told that the bot is there. */
  present = false;
  #lost = 0;

  constructor({ me, counter, rooms, receipts }: SessionParts) {
    this.me = me;
    this.counter = counter;
    this.rooms = rooms;
    this.receipts = receipts;
  }

  /** Whether it was without a connection for a short time only. */
  get isFresh(): boolean {
    return performance.now() - this.#lost < FRESH;
  }

  /** The connection is lost. */
  rest(): void {
    this.#lost = performance.now();
    this.receipts.lost();
    this.rooms.end();
  }

  /** It will not go on. `h`: how many stanzas of it the server has handled, where that is known. */
  end(h?: number): void {
    this.rest();
    this.receipts.end(h);
  }
}
