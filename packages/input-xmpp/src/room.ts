import { formatJid, parseJid } from "./jid.ts";
import { MUC, type Occupancy } from "./stanza.ts";
import { type Tag, tag } from "./tag.ts";

/** How often another name is tried when the bot's own is taken. */
const VARIANTS = 3;

/** One room: XEP-0045. */
export class Room {
  /** Bare JID. */
  readonly jid: string;
  /** The bot's name there, now or as asked for. */
  nick: string;
  joined = false;
  /** What its people must know to enter. */
  password: string | undefined;
  /** Why not joined. */
  why: string | undefined;
  /** People made the bot leave, or will not have it: it stays out. */
  barred = false;
  /** When it last came back after a kick. */
  returned: number = Number.NEGATIVE_INFINITY;
  /** Bare JIDs by nick; undefined where the room does not tell. */
  readonly #occupants = new Map<string, string | undefined>();
  #entry: PromiseWithResolvers<void> | undefined;

  constructor(jid: string, nick: string) {
    this.jid = jid;
    this.nick = nick;
  }

  /** Asks to be let in. `entered` resolves when the room has said yes or no. */
  enter(nick: string): Tag {
    this.nick = nick;
    this.#entry ??= Promise.withResolvers<void>();
    if (!this.joined) this.#occupants.clear();
    const history = tag("history", { maxstanzas: "0" });
    const password = this.password === undefined ? undefined : tag("password", {}, this.password);
    return tag("presence", { to: this.occupant(nick) }, tag("x", { xmlns: MUC }, password, history));
  }

  get entered(): Promise<void> {
    return this.#entry?.promise ?? Promise.resolve();
  }

  get entering(): boolean {
    return this.#entry !== undefined && !this.joined;
  }

  /** Somebody is there; `me`: it is the bot. */
  seen({ nick, account }: Occupancy, me: boolean): void {
    this.#occupants.set(nick, account);
    if (!me) return;
    this.nick = nick;
    this.joined = true;
    this.why = undefined;
    this.#settle();
  }

  left(nick: string): void {
    this.#occupants.delete(nick);
  }

  /** The bot is out. */
  out(why: string): void {
    this.joined = false;
    this.why = why;
    this.#occupants.clear();
    this.#settle();
  }

  /** The bare JID of who has a nick, where the room tells. */
  account(nick: string): string | undefined {
    return this.#occupants.get(nick);
  }

  /** A nick of an account that is there. */
  nickOf(account: string): string | undefined {
    for (const [nick, theirs] of this.#occupants) if (theirs === account) return nick;
    return undefined;
  }

  /** Somebody's address in the room, as text. */
  occupant(nick: string): string {
    return formatJid({ ...parseJid(this.jid)!, resource: nick });
  }

  #settle(): void {
    this.#entry?.resolve();
    this.#entry = undefined;
  }
}

/** The next name to try when one is taken; undefined when there were enough. */
export function nextNick(wanted: string, taken: string): string | undefined {
  const tried = taken.length - wanted.length;
  return tried < VARIANTS ? `${taken}_` : undefined;
}
