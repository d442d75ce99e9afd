import { BotError, type Conn, type Event, type Log, messageOf, type Receipt, replyTo } from "@micro-bot/core";
import { Queue, within } from "@micro-bot/kit";
import { compose, message } from "./compose.ts";
import type { Element } from "./element.ts";
import { hear } from "./hear.ts";
import { Iqs } from "./iqs.ts";
import { bareJid, type Jid, parseJid } from "./jid.ts";
import { login } from "./login.ts";
import type { Session } from "./session.ts";
import type { Ask, Directory, Settings } from "./settings.ts";
import { readInvitation, readMessage, stanzaError } from "./stanza.ts";
import { SM } from "./stream-management.ts";
import { type Tag, tag } from "./tag.ts";
import { targetOf } from "./target.ts";
import { STANZAS, type Wire } from "./wire.ts";

/** Rooms are looked after each so many timeouts: XEP-0410 wants some minutes. */
const CHECK = 12;
const UNREADABLE =
  "I cannot read encrypted messages: turn encryption (such as OMEMO) off for this chat, and say it again";

/** Where a session is kept between connections. */
export interface Keeper {
  session: Session | undefined;
  /** A session that is none yet. */
  begin(me: Jid, counter: Session["counter"]): Session;
}

/** More events than this waiting, and the rest would be answered too late. */
const MAX_WAITING = 10_000;

/** One connection, from the first byte to the last. */
export class XmppConn implements Conn {
  readonly #wire: Wire;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #keeper: Keeper;
  readonly #inbox: Queue<Event>;
  readonly #timers = new Set<NodeJS.Timeout>();
  #session: Session | undefined;
  #iqs: Iqs | undefined;
  /** The server gives again what was not handled on the last connection. */
  #replayed = false;

  constructor(wire: Wire, settings: Settings, log: Log, keeper: Keeper) {
    this.#wire = wire;
    this.#settings = settings;
    this.#log = log;
    this.#keeper = keeper;
    this.#inbox = new Queue(MAX_WAITING, () =>
      log.warn({ limit: MAX_WAITING }, `${settings.name}: too many messages wait, newer are dropped`),
    );
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
    this.#timers.add(setInterval(() => session.rooms.check(), CHECK * timeout));
    if (dialect.refresh) this.#timers.add(setInterval(() => this.#refresh(session), dialect.refresh));
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
    const { to, room, prefix } = targetOf(event, session.rooms, session.directory!);
    const bodies = compose(event, prefix, this.#settings.name, room !== undefined);
    const ids: string[] = bodies.map(() => crypto.randomUUID());
    const taken = bodies.map((body, i) => {
      const id = ids[i]!;
      const edits = i === 0 ? event.edit : undefined;
      const seq = this.#wire.send(message(to, { id, body, room: room !== undefined, edits }));
      return session.receipts.wait({ id, seq, room: room?.jid, body });
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
    if (session.directory) this.#use(session, session.directory);
    this.#wire.follow(
      { element: (element) => this.#element(session, element), end: (error) => this.#end(session, error) },
      counter,
    );
    // What is given again comes before the answer.
    if (resumed) this.#iqs.ping(undefined).then(() => (this.#replayed = false), ignore);
    return session;
  }

  async #enter(session: Session): Promise<void> {
    const { dialect, timeout } = this.#settings;
    const ask: Ask = async (type, to, payload) => {
      const answer = await this.#iqs!.ask(type, to, payload);
      return answer.attrs.type === "result" ? answer.getChild(payload.name, payload.attrs.xmlns) : undefined;
    };
    session.directory = await dialect.directory(ask);
    this.#use(session, session.directory);
    if (!session.present) this.#wire.send(tag("presence", {}, ...dialect.presence));
    session.present = true;
    await within(session.rooms.join(), AbortSignal.timeout(timeout));
  }

  #use({ rooms }: Session, { nick, rooms: chosen, believed, passwords }: Directory): void {
    const send = (presence: Tag) => void this.#wire.send(presence);
    const known = { nick, chosen, believed, ...(passwords && { passwords }) };
    rooms.use({ ...known, send, ping: (to) => this.#iqs!.ping(to) });
  }

  #refresh(session: Session): void {
    this.#enter(session).catch((error) =>
      this.#log.debug({ error: String(error) }, `${this.#settings.name}: not refreshed`),
    );
  }

  #element(session: Session, element: Element): void {
    if (element.is("r", SM)) this.#acknowledge();
    else if (element.is("a", SM)) this.#taken(session, Number(element.attrs.h));
    else if (STANZAS.has(element.name)) {
      const seq = session.counter.arrived();
      if (element.name === "iq") this.#iqs!.handle(element);
      else if (element.name === "presence") this.#presence(session, element);
      else this.#message(session, element, seq);
    }
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
    const { counter, me, receipts, rooms } = session;
    if (stanza.attrs.type === "error") {
      const { code, why } = stanzaError(stanza);
      const error = this.#error(code, `${stanza.attrs.from ?? "the server"}: ${why}`);
      if (!receipts.refused(stanza.attrs.id, error)) this.#log.debug({}, error.message);
      return;
    }
    if (this.#invited(session, stanza)) return;
    const said = readMessage(stanza, bareJid(me));
    if (!said) return;
    if (said.type === "groupchat" && rooms.get(bareJid(said.from))?.nick === said.from.resource)
      receipts.shown(bareJid(said.from), said.id, said.text);
    const { nick, names } = session.directory ?? { nick: "", names: [] };
    const event = hear(said, {
      input: this.#settings.name,
      me,
      rooms,
      names: [nick, ...names],
      replayed: this.#replayed,
      key: `${session.id} ${seq}`,
    });
    if (event && said.encrypted) this.#unreadable(session, event);
    else if (event && this.#inbox.put(event) && counter.active) counter.hold(event.id);
    // Who goes on in the clear and encrypts again later is told again. In a room others may go on.
    if (event && !said.encrypted && said.type === "chat") session.unreadable.delete(event.from.room);
  }

  /** Says once in each chat that what is encrypted is not read. */
  #unreadable({ unreadable }: Session, event: Event): void {
    const { room } = event.from;
    if (unreadable.has(room)) return;
    unreadable.set(room, true);
    const { name } = this.#settings;
    this.send(replyTo(event, UNREADABLE, crypto.randomUUID(), Date.now())).catch((error: unknown) =>
      this.#log.debug({ room }, `${name}: not told that it is encrypted: ${messageOf(error)}`),
    );
  }

  #invited({ rooms }: Session, stanza: Element): boolean {
    const invitation = readInvitation(stanza);
    if (!invitation) return false;
    const { room, inviter, by, password } = invitation;
    // What a room says in somebody's name is worth as much as the room.
    const believed = bareJid(by) === inviter || rooms.vouches(bareJid(by));
    if (believed && this.#settings.dialect.follows(inviter)) rooms.invited(room, password);
    else
      this.#log.info({ room, inviter }, `${this.#settings.name}: an invitation into ${room} is not followed`);
    return true;
  }

  // Has the server say how far it is: by XEP-0198, else by the answer to a ping, since it handles stanzas in order.
  #confirm({ counter, receipts }: Session): void {
    if (counter.active) {
      this.#wire.send(tag("r", { xmlns: SM }));
      return;
    }
    const seq = counter.last;
    this.#iqs!.ping(this.#settings.account.domain).then(() => receipts.taken(seq), ignore);
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

  #end(session: Session, error: BotError): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#iqs?.end(error);
    session.rest();
    const isOver = error.code === "closed" || error.detail.condition === "conflict" || !session.counter.id;
    if (isOver && this.#keeper.session === session) {
      session.end();
      this.#keeper.session = undefined;
    }
    if (error.code === "closed") this.#inbox.drain();
    this.#inbox.end(error);
    this.#log.debug({ code: error.code }, error.message);
  }

  #error(code: BotError["code"], why: string): BotError {
    return new BotError(code, `[input-${this.#settings.name}] ${why}`);
  }
}

// Whoever asked no longer waits: the connection is over, which is told elsewhere.
function ignore(): void {}
