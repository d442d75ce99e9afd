import type { Log, Status } from "@micro-bot/core";
import type { Element } from "./element.ts";
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
  /** The account's domain. */
  readonly domain: string;
  /** How long after a kick to come back, in milliseconds. */
  readonly pause: number;
  /** The flag that gives passwords of rooms, where there is one. */
  readonly passwordFlag?: string;
}

/** How rooms are spoken to by the connection there is now. */
export interface RoomLink {
  readonly nick: string;
  /** Rooms to be in. */
  readonly chosen: readonly string[];
  /** Domains of rooms that are believed who is in them, besides the account's own. */
  readonly believed: readonly string[];
  /** Passwords of rooms, by bare JID. */
  readonly passwords?: ReadonlyMap<string, string>;
  send(presence: Tag): void;
  /** Resolves when the ping of that address is answered, with the stanza. */
  ping(to: string): Promise<Element>;
}

/** The rooms that the bot should be in, and what it knows of who is there. They outlast connections and sessions. */
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

  /** Enters all that the bot should be in and is not. Resolves when each has said yes or no. */
  async join(): Promise<void> {
    const known = [...this.#rooms.values()].filter(({ barred }) => !barred).map(({ jid }) => jid);
    const chosen = (this.#link?.chosen ?? []).filter((jid) => !this.#rooms.get(jid)?.barred);
    await Promise.all([...new Set([...chosen, ...known])].map((jid) => this.#join(jid)));
  }

  /** Somebody who may asks the bot in, and says the room's password where it has one. */
  invited(jid: string, password?: string): void {
    void this.#join(jid, password);
  }

  /** A new session has begun: the bot is in no room. */
  reset(): void {
    for (const room of this.#rooms.values()) {
      room.out("not joined");
      room.barred = false;
    }
  }

  /** The bare JID of somebody in a room, where one that is believed tells it. */
  account(jid: string, nick: string): string | undefined {
    return this.vouches(jid) ? this.#rooms.get(jid)?.account(nick) : undefined;
  }

  /** A room can say of anybody that they are in it: believed are the own server's, and where chosen ones are. */
  vouches(jid: string): boolean {
    const domain = parseJid(jid)?.domain ?? "";
    const { domain: own } = this.#options;
    return domain === own || domain.endsWith(`.${own}`) || this.#link?.believed.includes(domain) === true;
  }

  /** Reads a presence; false when it is of no room. */
  presence(stanza: Element): boolean {
    const from = parseJid(stanza.attrs.from ?? "");
    const room = from && this.#rooms.get(bareJid(from));
    if (!from || !room) return stanza.getChild("x", MUC_USER) !== undefined;
    if (stanza.attrs.type === "error") this.#refused(room, stanza);
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
        this.#takeNick(room);
      }
    }
  }

  status(): readonly Status[] {
    const { name } = this.#options;
    return [...this.#rooms.values()].flatMap(({ jid, joined, nick, why }): Status[] => {
      if (!joined) return [{ name: `${name} ${jid}`, state: "down", note: why ?? "not joined" }];
      const { nick: wanted = nick } = this.#link ?? {};
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

  #join(jid: string, password?: string): Promise<void> {
    if (!this.#link) return Promise.resolve();
    const room = this.#rooms.get(jid) ?? new Room(jid, this.#link.nick);
    this.#rooms.set(jid, room);
    room.password = password ?? this.#link.passwords?.get(jid) ?? room.password;
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

  #refused(room: Room, stanza: Element): void {
    const { condition, why } = stanzaError(stanza);
    // Another nick was asked for, and is not to be had.
    if (room.joined) return;
    const other = condition === "conflict" && this.#link ? nextNick(this.#link.nick, room.nick) : undefined;
    if (other) this.#send(room.enter(other));
    else {
      room.barred = !PASSING.has(condition);
      if (condition === "conflict") this.#out(room, `the nick ${room.nick} is taken`);
      // XEP-0045, section 7.2.5.
      else if (condition === "not-authorized") this.#out(room, this.#locked(room));
      else this.#out(room, why);
    }
  }

  #locked({ password }: Room): string {
    const { passwordFlag: flag } = this.#options;
    const how = password === undefined ? "it needs a password" : "its password is another one";
    return flag === undefined ? how : `${how}: see ${flag}`;
  }

  #seen(room: Room, occupancy: Occupancy): void {
    const { nick, codes, gone, next, why } = occupancy;
    const me = codes.has(ME) || (room.joined && nick === room.nick);
    if (!gone) {
      room.seen(occupancy, me);
      return;
    }
    room.left(nick);
    if (me && next) room.nick = next;
    else if (me) this.#removed(room, codes, why);
    else if (nick === this.#link?.nick) this.#takeNick(room);
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

  #takeNick(room: Room): void {
    const wanted = this.#link?.nick;
    if (wanted && room.joined && room.nick !== wanted)
      this.#send(tag("presence", { to: room.occupant(wanted) }));
  }

  #send(presence: Tag): void {
    this.#link?.send(presence);
  }
}
