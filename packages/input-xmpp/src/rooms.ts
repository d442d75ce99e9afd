import type { Log, Status } from "@micro-bot/core";
import type { Element } from "@xmpp/client";
import { bareJid, parseJid } from "./jid.ts";
import { nextNick, Room } from "./room.ts";
import { MUC_USER, type Occupancy, readOccupancy, stanzaError } from "./stanza.ts";
import { type Tag, tag } from "./tag.ts";

/** XEP-0045, section 10 and 15.6: what a room says of the bot itself. */
const ME = "110";
const KICKED = "307";
const BARRED: Readonly<Record<string, string>> = {
  "301": "banned",
  "321": "no longer a member",
  "322": "only members may be there",
};
/** A second kick in this time is meant. */
const RESPECT = 3_600_000;
/** Refusals that another try may mend. */
const PASSING = new Set([
  "conflict",
  "internal-server-error",
  "item-not-found",
  "recipient-unavailable",
  "remote-server-not-found",
  "remote-server-timeout",
  "resource-constraint",
  "service-unavailable",
]);
/** XEP-0410: the answers to a ping of oneself in a room that say that one is there. */
const STILL_THERE = new Set([
  "service-unavailable",
  "feature-not-implemented",
  "remote-server-not-found",
  "remote-server-timeout",
  // A nick just changed: it is asked for again next time.
  "item-not-found",
]);

export interface RoomsOptions {
  readonly log: Log;
  /** The input's name. */
  readonly name: string;
  /** How long after a kick to come back, in milliseconds. */
  readonly pause: number;
}

/** How rooms are spoken to by the connection there is now. */
export interface RoomLink {
  readonly nick: string;
  send(presence: Tag): void;
  /** Resolves when the ping of that address is answered, with the stanza. */
  ping(to: string): Promise<Element>;
}

/** The rooms that the bot should be in, and what it knows of who is there. Lasts as long as the session. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #link: RoomLink | undefined;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** By bare JID. */
  get(jid: string): Room | undefined {
    return this.#rooms.get(jid);
  }

  /** The connection through which rooms are spoken to from now on. */
  use(link: RoomLink): void {
    this.#link = link;
  }

  /** Enters all of these that the bot is not in. Resolves when each has said yes or no. */
  async join(jids: readonly string[]): Promise<void> {
    await Promise.all(jids.map((jid) => this.#join(jid)));
  }

  /** Reads a presence; false when it is of no room. */
  presence(stanza: Element): boolean {
    const from = parseJid(stanza.attrs.from ?? "");
    const room = from && this.#rooms.get(bareJid(from));
    if (!from || !room) return stanza.getChild("x", MUC_USER) !== undefined;
    if (stanza.attrs.type === "error") this.#refused(room, from.resource, stanza);
    const occupancy = readOccupancy(stanza);
    if (occupancy) this.#seen(room, occupancy);
    return true;
  }

  /** Tries again what may work by now, finds out rooms that have lost the bot (XEP-0410), and takes back its nick. */
  check(): void {
    for (const room of this.#rooms.values()) {
      if (room.barred) continue;
      if (!room.joined) void this.#join(room.jid);
      else {
        void this.#verify(room);
        if (this.#link && room.nick !== this.#link.nick)
          this.#send(tag("presence", { to: room.occupant(this.#link.nick) }));
      }
    }
  }

  status(): readonly Status[] {
    const { name } = this.#options;
    return [...this.#rooms.values()].flatMap(({ jid, joined, nick, why }): Status[] => {
      if (!joined) return [{ name: `${name} ${jid}`, state: "down", note: why ?? "not joined" }];
      const wanted = this.#link?.nick;
      return nick === wanted
        ? []
        : [{ name: `${name} ${jid}`, state: "up", note: `as ${nick}, while ${wanted} is taken` }];
    });
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#link = undefined;
  }

  #join(jid: string): Promise<void> {
    if (!this.#link) return Promise.resolve();
    const room = this.#rooms.get(jid) ?? new Room(jid, this.#link.nick);
    this.#rooms.set(jid, room);
    room.barred = false;
    if (!room.joined) this.#send(room.enter(this.#link.nick));
    return room.entered;
  }

  async #verify(room: Room): Promise<void> {
    const answer = await this.#link?.ping(room.occupant(room.nick)).catch(() => undefined);
    if (answer?.attrs.type !== "error" || !room.joined) return;
    if (STILL_THERE.has(stanzaError(answer).condition)) return;
    this.#out(room, "the room has lost the bot");
    void this.#join(room.jid);
  }

  #refused(room: Room, nick: string, stanza: Element): void {
    const { condition, why } = stanzaError(stanza);
    if (room.joined) {
      // Another nick was asked for and is taken; or the room tells that the bot is no longer there.
      if (condition !== "conflict") this.#out(room, why);
      return;
    }
    const other =
      condition === "conflict" && this.#link ? nextNick(this.#link.nick, nick || room.nick) : undefined;
    if (other) this.#send(room.enter(other));
    else {
      room.barred = !PASSING.has(condition);
      this.#out(room, condition === "conflict" ? `the nick ${room.nick} is taken` : why);
    }
  }

  #seen(room: Room, occupancy: Occupancy): void {
    const { nick, codes, gone, next, why } = occupancy;
    const me = codes.has(ME) || (room.joined && nick === room.nick);
    if (!gone) {
      room.seen(occupancy, me);
      return;
    }
    room.left(nick);
    if (!me) return;
    if (next) room.nick = next;
    else this.#removed(room, codes, why);
  }

  #removed(room: Room, codes: ReadonlySet<string>, words: string | undefined): void {
    const [barred] = [...codes].filter((code) => Object.hasOwn(BARRED, code));
    const how = barred ? BARRED[barred]! : codes.has(KICKED) ? "kicked" : "put out";
    this.#out(room, words ? `${how}: ${words}` : how);
    const now = performance.now();
    room.barred = barred !== undefined || (codes.has(KICKED) && now - room.returned < RESPECT);
    if (room.barred) return;
    room.returned = now;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#join(room.jid);
    }, this.#options.pause);
    this.#timers.add(timer);
  }

  #out(room: Room, why: string): void {
    room.out(why);
    const { name, log } = this.#options;
    log.warn({ room: room.jid, why }, `${name}: not in ${room.jid}: ${why}`);
  }

  #send(presence: Tag): void {
    this.#link?.send(presence);
  }
}
