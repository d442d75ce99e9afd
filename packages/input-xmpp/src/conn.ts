import { BotError, type Conn, type Event, type Log, type Receipt } from "@micro-bot/core";
import type { Element } from "@xmpp/client";
import { compose } from "./compose.ts";
import { Inbox } from "./inbox.ts";
import { Iqs } from "./iqs.ts";
import { bareJid, type Jid, parseJid } from "./jid.ts";
import { login } from "./login.ts";
import type { Room } from "./room.ts";
import type { Session } from "./session.ts";
import type { Directory, Settings } from "./settings.ts";
import { readInvitation, readMessage, type Said, stanzaError } from "./stanza.ts";
import { SM } from "./stream-management.ts";
import { type Tag, tag } from "./tag.ts";
import { afterMention } from "./text.ts";
import type { Wire } from "./wire.ts";

/** A room that the bot is just entering can be spoken to soon, in milliseconds. */
const SOON = 1000;
/** Rooms are looked after each so many timeouts: XEP-0410 wants some minutes. */
const CHECK = 12;

/** Where a session is kept between connections. */
export interface Keeper {
  session: Session | undefined;
  /** A session that is none yet. */
  begin(me: Jid, counter: Session["counter"]): Session;
}

/** One connection, from the first byte to the last. */
export class XmppConn implements Conn {
  readonly #wire: Wire;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #keeper: Keeper;
  readonly #inbox: Inbox;
  readonly #timers: NodeJS.Timeout[] = [];
  #session: Session | undefined;
  #directory: Directory | undefined;
  #iqs: Iqs | undefined;
  /** The server gives again what was not handled on the last connection. */
  #replayed = false;

  constructor(wire: Wire, settings: Settings, log: Log, keeper: Keeper) {
    this.#wire = wire;
    this.#settings = settings;
    this.#log = log;
    this.#keeper = keeper;
    this.#inbox = new Inbox(settings.name, log);
  }

  /** Logs in and enters the rooms. Rejects with `not_connected`, or `config` for what another try does not mend. */
  async open(): Promise<void> {
    try {
      await this.#begin();
    } catch (error) {
      this.#wire.end(error as BotError);
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const session = await this.#login();
    const { timeout, dialect } = this.#settings;
    await this.#wire.step(this.#enter(session));
    this.#timers.push(setInterval(() => session.rooms.check(), CHECK * timeout));
    if (dialect.refresh) this.#timers.push(setInterval(() => this.#refresh(session), dialect.refresh));
  }

  recv(): Promise<Event> {
    return this.#inbox.take();
  }

  async ack({ id }: Event): Promise<void> {
    this.#session?.counter.handled(id);
    if (this.#session?.counter.active) this.#acknowledge();
  }

  async send(event: Event): Promise<Receipt> {
    const session = this.#session;
    if (this.#wire.over || !session) throw this.#over();
    const { to, room, prefix } = this.#target(event, session);
    const bodies = compose(event, prefix, this.#settings.name);
    const ids = bodies.map(() => crypto.randomUUID() as string);
    const taken = bodies.map((body, i) => {
      const edits =
        i === 0 && event.edit
          ? tag("replace", { xmlns: "urn:xmpp:message-correct:0", id: event.edit })
          : undefined;
      const origin = tag("origin-id", { xmlns: "urn:xmpp:sid:0", id: ids[i]! });
      const message = tag(
        "message",
        { to, type: room ? "groupchat" : "chat", id: ids[i]! },
        tag("body", {}, body),
        origin,
        edits,
      );
      return session.receipts.wait({ id: ids[i]!, seq: this.#wire.send(message), room: room?.jid, body });
    });
    this.#confirm(session);
    await Promise.all(taken);
    return { id: ids[0]! };
  }

  async close(): Promise<void> {
    if (!this.#wire.over && this.#session) {
      if (this.#session.counter.active) this.#acknowledge();
      this.#wire.send(tag("presence", { type: "unavailable" }));
    }
    await this.#wire.quit(this.#error("closed", "the connection was closed"));
  }

  async #login(): Promise<Session> {
    const { session: left } = this.#keeper;
    const { me, counter, resumed, h } = await login(this.#wire, this.#settings, left);
    this.#replayed = resumed && left!.isFresh;
    if (resumed) counter.resume(h!);
    const session = resumed ? left! : this.#keeper.begin(me, counter);
    this.#session = session;
    this.#keeper.session = session;
    if (resumed) session.receipts.resumed(h!);
    else left?.end(h);
    const { name, timeout } = this.#settings;
    this.#iqs = new Iqs({ name, me, timeout, send: (iq) => this.#wire.send(iq) });
    this.#wire.follow(
      { element: (element) => this.#element(element), end: (error) => this.#end(error) },
      counter,
    );
    // What is given again comes before the answer.
    if (resumed)
      void this.#iqs.ping(undefined).then(
        () => (this.#replayed = false),
        () => {},
      );
    return session;
  }

  async #enter(session: Session): Promise<void> {
    const { dialect } = this.#settings;
    const ask = async (type: "get" | "set", to: string | undefined, payload: Tag) =>
      (await this.#iqs!.ask(type, to, payload)).getChild(payload.name, payload.attrs.xmlns);
    this.#directory = await dialect.directory(ask);
    session.rooms.use({
      nick: this.#directory.nick,
      send: (presence) => this.#wire.send(presence),
      ping: (to) => this.#iqs!.ping(to),
    });
    if (!session.present) this.#wire.send(tag("presence", {}, ...dialect.presence));
    session.present = true;
    const late = new Promise<void>((resolve) =>
      this.#timers.push(setTimeout(resolve, this.#settings.timeout)),
    );
    await Promise.race([session.rooms.join(this.#directory.rooms), late]);
  }

  #refresh(session: Session): void {
    this.#enter(session).catch((error) =>
      this.#log.debug({ error: String(error) }, `${this.#settings.name}: not refreshed`),
    );
  }

  #element(element: Element): void {
    const session = this.#session!;
    if (element.is("r", SM)) this.#acknowledge();
    else if (element.is("a", SM)) this.#taken(session, Number(element.attrs.h));
    else if (element.is("iq")) this.#counted(session, () => this.#iqs!.handle(element));
    else if (element.is("presence")) this.#counted(session, () => this.#presence(session, element));
    else if (element.is("message")) this.#counted(session, (seq) => this.#message(session, element, seq));
  }

  #counted(session: Session, handle: (seq: number) => void): void {
    handle(session.counter.arrived());
  }

  #taken({ counter, receipts }: Session, h: number): void {
    if (counter.isSent(h)) receipts.taken(h);
    else
      this.#wire.end(this.#error("not_connected", `the server has counted ${h} stanzas, more than it got`));
  }

  #presence({ rooms }: Session, stanza: Element): void {
    if (rooms.presence(stanza) || stanza.attrs.type !== "subscribe") return;
    const from = parseJid(stanza.attrs.from ?? "");
    if (!from) return;
    // Who sees the bot's presence stays in the account's roster: only its own people get in.
    const own =
      from.domain === this.#settings.account.domain || this.#settings.dialect.follows(bareJid(from));
    this.#wire.send(tag("presence", { to: bareJid(from), type: own ? "subscribed" : "unsubscribed" }));
  }

  #message(session: Session, stanza: Element, seq: number): void {
    if (stanza.attrs.type === "error") {
      const { code, why } = stanzaError(stanza);
      session.receipts.refused(
        stanza.attrs.id,
        this.#error(code, `${stanza.attrs.from ?? "the server"}: ${why}`),
      );
      return;
    }
    if (this.#invited(session, stanza)) return;
    const account = bareJid(session.me);
    const said = readMessage(stanza, account);
    if (!said || said.text === "" || this.#isOld(said, account)) return;
    const event =
      said.type === "groupchat" ? this.#inRoom(session, said, seq) : this.#direct(session, said, seq);
    if (event && this.#inbox.put(event) && session.counter.active) session.counter.hold(event.id);
  }

  // What is given again is stamped by the bot's own server, which otherwise only does so for what was said long ago.
  #isOld({ delayedBy }: Said, account: string): boolean {
    if (delayedBy === undefined) return false;
    return !this.#replayed || ![account, this.#settings.account.domain].includes(delayedBy);
  }

  #inRoom(session: Session, said: Said, seq: number): Event | undefined {
    const room = session.rooms.get(bareJid(said.from));
    const nick = said.from.resource;
    if (!room?.joined || nick === "") return undefined;
    if (nick === room.nick) {
      session.receipts.shown(room.jid, said.id, said.text);
      return undefined;
    }
    const rest = afterMention(said.text, [
      room.nick,
      this.#directory?.nick ?? "",
      ...(this.#directory?.names ?? []),
    ]);
    return this.#event(session, said, seq, {
      room: room.jid,
      nick,
      account: this.#vouched(room, nick),
      addressed: rest !== undefined,
      rest,
    });
  }

  #direct(session: Session, said: Said, seq: number): Event | undefined {
    const { from } = said;
    const bare = bareJid(from);
    if (bare === bareJid(session.me) || from.local === "") return undefined;
    const room = session.rooms.get(bare);
    if (room && (!room.joined || from.resource === "" || from.resource === room.nick)) return undefined;
    const who = room
      ? {
          room: room.occupant(from.resource),
          nick: from.resource,
          account: this.#vouched(room, from.resource),
        }
      : { room: bare, account: bare };
    const rest = afterMention(said.text, [this.#directory?.nick ?? "", ...(this.#directory?.names ?? [])]);
    return this.#event(session, said, seq, { ...who, addressed: true, rest });
  }

  #event(
    session: Session,
    said: Said,
    seq: number,
    who: {
      room: string;
      nick?: string;
      account: string | undefined;
      addressed: boolean;
      rest: string | undefined;
    },
  ): Event {
    const { name: input } = this.#settings;
    const { room, nick, account, rest } = who;
    const addressed = who.addressed && !said.aside;
    return {
      id: said.stanzaId ? `${bareJid(said.from)} ${said.stanzaId}` : `${session.id} ${seq}`,
      type: "text",
      from: { input, room, person: account ?? nick! },
      to: { input, room, person: bareJid(session.me) },
      data: addressed && rest ? rest : said.text,
      addressed,
      assurance: account === undefined ? 0 : 1,
      time: Date.now(),
      meta: { ...(nick !== undefined && { nick }), ...(account !== undefined && { account }) },
    };
  }

  // A room can say of anybody that they are in it: believed are those that were chosen by flag, and the own server's.
  #vouched(room: Room, nick: string): string | undefined {
    return this.#isTrusted(room.jid) ? room.account(nick) : undefined;
  }

  #isTrusted(room: string): boolean {
    const { domain } = parseJid(room)!;
    const own = this.#settings.account.domain;
    const chosen = (this.#directory?.rooms ?? []).some((jid) => parseJid(jid)?.domain === domain);
    return chosen || domain === own || domain.endsWith(`.${own}`);
  }

  #invited({ rooms }: Session, stanza: Element): boolean {
    const invitation = readInvitation(stanza);
    if (!invitation) return false;
    const { room, inviter, by } = invitation;
    // What a room says in somebody's name is worth as much as the room.
    const believed = bareJid(by) === inviter || this.#isTrusted(bareJid(by));
    if (believed && this.#settings.dialect.follows(inviter)) void rooms.join([room]);
    else
      this.#log.info({ room, inviter }, `${this.#settings.name}: an invitation into ${room} is not followed`);
    return true;
  }

  #target({ to, meta }: Event, { rooms }: Session): { to: string; room: Room | undefined; prefix: string } {
    const text = to.room || to.person || "";
    const jid = parseJid(text);
    if (!jid) throw this.#error("invalid", `'${text.slice(0, 100)}' is no address: write name@example.org`);
    const room = rooms.get(bareJid(jid));
    if (!room) return { to: text, room: undefined, prefix: "" };
    if (!room.joined) throw this.#absent(room);
    if (jid.resource !== "") return { to: this.#same(room, jid.resource, meta), room: undefined, prefix: "" };
    const nick =
      typeof meta.nick === "string" ? meta.nick : to.person && (room.nickOf(to.person) ?? to.person);
    const account = to.person === nick ? undefined : to.person;
    return {
      to: room.jid,
      room,
      prefix: to.person && nick ? `${this.#directory!.callOut(nick, account)}: ` : "",
    };
  }

  #absent({ jid, entering, why }: Room): BotError {
    if (!entering) return this.#error("denied", `not in ${jid}: ${why ?? "not let in"}`);
    return this.#error("limited", `not yet in ${jid}`, SOON);
  }

  #same(room: Room, nick: string, meta: Event["meta"]): string {
    if (typeof meta.account === "string" && room.has(nick) && room.account(nick) !== meta.account)
      throw this.#error(
        "denied",
        `${nick} in ${room.jid} is not ${meta.account} any more: somebody else may read it`,
      );
    return room.occupant(nick);
  }

  // Has the server say how far it is: by XEP-0198, else by the answer to a ping, since it handles stanzas in order.
  #confirm({ counter, receipts }: Session): void {
    if (counter.active) {
      this.#wire.send(tag("r", { xmlns: SM }));
      return;
    }
    const seq = counter.last;
    void this.#iqs!.ping(this.#settings.account.domain).then(
      () => receipts.taken(seq),
      () => {},
    );
  }

  #acknowledge(): void {
    this.#wire.send(tag("a", { xmlns: SM, h: String(this.#session?.counter.h ?? 0) }));
  }

  #over(): BotError {
    const { over } = this.#wire;
    return over?.code === "closed" || !over
      ? this.#error("not_connected", "the connection was closed")
      : over;
  }

  #end(error: BotError): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#iqs?.end(error);
    this.#session?.rest();
    const gone =
      error.code === "closed" || error.detail.condition === "conflict" || !this.#session?.counter.id;
    if (gone && this.#keeper.session === this.#session) {
      this.#session?.end();
      this.#keeper.session = undefined;
    }
    this.#inbox.end(error);
    this.#log.debug({ code: error.code }, error.message);
  }

  #error(code: BotError["code"], why: string, retryAfter?: number): BotError {
    const detail = retryAfter === undefined ? {} : { retryAfter };
    return new BotError(code, `[input-${this.#settings.name}] ${why}`, { detail });
  }
}
