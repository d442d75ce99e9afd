import { BotError, type Conn, type Event, type Log, type Receipt, type Status } from "@micro-bot/core";
import { afterMention, byteLength, Queue } from "@micro-bot/kit";
import { compose, type Mask, targetOf } from "./compose.ts";
import { Pacer } from "./pacer.ts";
import { People } from "./people.ts";
import { Playback, timeOf } from "./playback.ts";
import { joinRefusal, sendRefusal } from "./refusals.ts";
import { register } from "./register.ts";
import { type Channel, joins, Rooms } from "./rooms.ts";
import type { Settings } from "./settings.ts";
import { isChannel, isNick, readText } from "./text.ts";
import type { Line, Wire } from "./wire.ts";

const BOT_TAGS = ["bot", "draft/bot", "inspircd.org/bot"];
/** Marks the answers to our own WHO: IRCv3 WHOX. */
const WHO_TOKEN = "721";
/** What a server's "target change too fast" asks for, in milliseconds, when it does not say. */
const TARGET_PAUSE = 60_000;
/** More events than this waiting, and the rest would be answered too late. */
const MAX_WAITING = 10_000;

/** One connection, from the first line to the last. */
export class IrcConn implements Conn {
  readonly #wire: Wire;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #inbox: Queue<Event>;
  readonly #pacer: Pacer;
  readonly #rooms: Rooms;
  readonly #people = new People();
  readonly #playback = new Playback();
  #nick: string;
  #regain: NodeJS.Timeout | undefined;

  constructor(wire: Wire, settings: Settings, log: Log) {
    this.#wire = wire;
    this.#settings = settings;
    this.#log = log;
    this.#nick = settings.nick;
    this.#inbox = new Queue(MAX_WAITING, () =>
      log.warn({ limit: MAX_WAITING }, "irc: too many messages wait, newer are dropped"),
    );
    const fold = (text: string) => wire.fold(text);
    this.#pacer = new Pacer({
      write: (line) => wire.write(line),
      pace: settings.pace,
      timeout: settings.timeout,
      fold,
      mute: () => wire.end(this.#error("not_connected", `no answer to a ping in ${settings.timeout} ms`)),
    });
    const { channels, rejoin } = settings;
    const join = (channel: Channel) => {
      for (const line of joins([channel])) this.#pacer.post(line);
    };
    this.#rooms = new Rooms({ channels, rejoin, fold, log, join });
    wire.follow({ line: (line) => this.#handle(line), end: (error) => this.#end(error) });
    wire.follow({ line: (line) => this.#refused(line), end: () => {} });
  }

  /** Connects, registers and joins. Rejects with `not_connected`, or `config` for what another try does not mend. */
  async open(): Promise<void> {
    await register(this.#wire, this.#settings);
    this.#regain = setInterval(() => this.#takeNick(), 2 * this.#settings.timeout);
    // The answer comes after the welcome (ISUPPORT) and after each channel's yes or no.
    await this.#pacer.send("", joins(this.#settings.channels));
    const botMode = this.#wire.option("BOT");
    if (botMode) this.#pacer.post(`MODE ${this.#nick} +${botMode}`);
  }

  /** What the server puts before a line of ours. */
  get mask(): Mask {
    const nick = Math.max(byteLength(this.#nick), byteLength(this.#settings.nick));
    const length = (name: string) => Number(this.#wire.option(name)) || undefined;
    return { nick, user: length("USERLEN"), host: length("HOSTLEN") };
  }

  recv(): Promise<Event> {
    return this.#inbox.take();
  }

  async send(event: Event, over?: AbortSignal): Promise<Receipt> {
    const { meta } = event;
    const target = targetOf(event);
    const inChannel = isChannel(target);
    if (!inChannel && !isNick(target))
      throw this.#error("invalid", `'${target.slice(0, 100)}' is neither a channel nor a nick`);
    if (!inChannel && typeof meta.account === "string" && this.#people.isAnother(target, meta.account))
      throw this.#error(
        "denied",
        `${target} is not logged in as ${meta.account} any more: somebody else may read it`,
      );
    await this.#pacer.send(this.#wire.channelOf(target), [...compose(event, this.mask)], over);
    return {};
  }

  async close(): Promise<void> {
    await this.#wire.quit(this.#error("closed", "the connection was closed"));
  }

  /** What is not as it was asked for. */
  status(): readonly Status[] {
    if (this.#wire.over) return [];
    const { nick } = this.#settings;
    const other: readonly Status[] =
      this.#nick === nick
        ? []
        : [{ name: "irc nick", state: "up", note: `${this.#nick}, while ${nick} is taken` }];
    return [...other, ...this.#rooms.status()];
  }

  #handle(line: Line): void {
    if (Object.hasOwn(this.#handlers, line.command)) this.#handlers[line.command]!(line);
  }

  // By command: RFC 2812, and IRCv3 where the name is not in it.
  readonly #handlers: Readonly<Record<string, (line: Line) => void>> = {
    "001": ({ params }) => {
      this.#nick = params[0] || this.#nick;
    },
    "354": ({ params: [, token, room, nick, account] }) => {
      if (token === WHO_TOKEN && room && nick) this.#people.join(nick, this.#wire.fold(room), account);
    },
    PONG: ({ params }) => this.#pacer.pong(params.at(-1) ?? ""),
    PRIVMSG: (line) => this.#privmsg(line),
    BATCH: (line) => this.#playback.batch(line),
    JOIN: ({ nick, params: [room = "", account] }) => {
      if (this.#isMe(nick)) this.#joined(room);
      else if (this.#tracksPeople()) this.#people.join(nick, this.#wire.fold(room), account);
    },
    PART: ({ nick, params: [rooms = ""] }) => {
      for (const room of rooms.split(",")) this.#left(nick, room, "parted");
    },
    KICK: ({ nick, params: [room = "", kicked = "", why = ""] }) =>
      this.#left(kicked, room, `kicked by ${nick}: ${why}`),
    QUIT: ({ nick }) => {
      this.#people.quit(nick);
      this.#freed(nick);
    },
    NICK: ({ nick, params: [next = ""] }) => {
      if (this.#isMe(nick)) this.#nick = next || this.#nick;
      else {
        this.#people.rename(nick, next);
        this.#freed(nick);
      }
    },
    ACCOUNT: ({ nick, params: [account] }) => this.#people.login(nick, account),
    // A capability taken away: what is known may be true no more.
    CAP: ({ params }) => {
      if (params[1] === "DEL") this.#people.clear();
    },
    INVITE: ({ params: [invited = "", room = ""] }) => {
      if (this.#isMe(invited)) this.#rooms.invited(room);
    },
  };

  #privmsg(line: Line): void {
    const { nick, ident, params, tags } = line;
    const [target = "", raw] = params;
    // Servers have no user part; a bouncer's own voices (`*status`) have no nick.
    if (!ident || !isNick(nick) || this.#isMe(nick)) return;
    if (raw === undefined || this.#playback.has(line, this.#wire.now())) return;
    const said = readText(raw);
    const direct = this.#isMe(target);
    if (!said || (!direct && !isChannel(target))) return;
    // What is said to those of a rank in a channel is answered to them.
    const channel = this.#wire.channelOf(target);
    const rest = afterMention(said.text, [this.#nick, this.#settings.nick], (text) => this.#wire.fold(text));
    const isPerson = !said.action && BOT_TAGS.every((tag) => tags[tag] === undefined);
    const account = this.#accountOf(nick, tags);
    const room = direct ? nick : this.#rooms.nameOf(channel);
    this.#inbox.put({
      id: tags.msgid || crypto.randomUUID(),
      type: "text",
      from: { input: "irc", room, person: account ?? nick },
      to: { input: "irc", room, person: this.#nick },
      data: isPerson ? (rest ?? said.text) : said.text,
      addressed: isPerson && (direct || rest !== undefined),
      assurance: account === undefined ? 0 : 1,
      time: timeOf(tags) ?? Date.now(),
      names: { person: nick },
      ...(said.action && { action: true }),
      meta: {
        nick,
        ...(account !== undefined && { account }),
        ...(channel !== target && { target: target[0] + room }),
      },
    });
  }

  // With account-tag the server says it with each message, and its silence means no. Without, it is known of those
  // who share a room. A nick by itself says nothing.
  #accountOf(nick: string, tags: Line["tags"]): string | undefined {
    if (this.#wire.has("account-tag")) return tags.account || undefined;
    return this.#tracksPeople() ? this.#people.account(nick) : undefined;
  }

  #tracksPeople(): boolean {
    return ["account-notify", "extended-join"].every((name) => this.#wire.has(name));
  }

  #joined(room: string): void {
    this.#rooms.joined(room);
    if (this.#tracksPeople() && this.#wire.supports("WHOX"))
      this.#pacer.post(`WHO ${room} %tcna,${WHO_TOKEN}`);
  }

  #left(nick: string, room: string, why: string): void {
    const key = this.#wire.fold(room);
    if (!this.#isMe(nick)) {
      this.#people.part(nick, key);
      return;
    }
    this.#people.leave(key);
    this.#rooms.removed(room, why);
  }

  #refused({ command, params }: Line): void {
    const [, target = "", ...rest] = params;
    const why = rest.at(-1) ?? command;
    if (joinRefusal(command)) this.#rooms.refused(target, why);
    const code = sendRefusal(command);
    if (code)
      this.#pacer.refuse(
        this.#wire.channelOf(target),
        this.#error(code, `${target}: ${why}`, code === "limited" ? TARGET_PAUSE : undefined),
      );
  }

  // Somebody no longer has a nick.
  #freed(nick: string): void {
    if (this.#wire.fold(nick) === this.#wire.fold(this.#settings.nick)) this.#takeNick();
  }

  #takeNick(): void {
    if (this.#nick !== this.#settings.nick) this.#wire.write(`NICK ${this.#settings.nick}`);
  }

  #isMe(nick: string): boolean {
    return nick !== "" && this.#wire.fold(nick) === this.#wire.fold(this.#nick);
  }

  #end(error: BotError): void {
    clearInterval(this.#regain);
    this.#rooms.end();
    this.#pacer.end(error.code === "closed" ? this.#error("not_connected", error.message) : error);
    if (error.code === "closed") this.#inbox.drain();
    this.#inbox.end(error);
    this.#log.debug({ code: error.code }, error.message);
  }

  #error(code: BotError["code"], why: string, retryAfter?: number): BotError {
    const detail = retryAfter === undefined ? {} : { retryAfter };
    return new BotError(code, `[input-irc] ${this.#wire.server}: ${why}`, { detail });
  }
}
