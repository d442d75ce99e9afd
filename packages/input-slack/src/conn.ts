import { BotError, type Conn, type Event, type Log, type Receipt } from "@micro-bot/core";
import type { WebClient } from "@slack/web-api";
import { compose, type Part } from "./compose.ts";
import { peopleIn } from "./decode.ts";
import { Directory } from "./directory.ts";
import { hear, type Message, press, type Self, textOf } from "./hear.ts";
import { type Delivery, Inbox } from "./inbox.ts";
import { refusal } from "./refusals.ts";

/** Names our own messages among those of a channel. https://docs.slack.dev/messaging/message-metadata */
const MARK = "micro_bot_message";
/** Messages of a channel that are looked through for one of ours. */
const LOOK = 200;
/** How much earlier than its event's time a message may have been taken, in seconds: two clocks. */
const SKEW = 60;
/** Replies of several parts that are not yet whole. */
const REMEMBERED = 1000;

/** Where deliveries come from. */
export interface Transport {
  open(): Promise<void>;
  close(): void;
}

/** One connection: what comes in by the transport, and the Web API. */
export class SlackConn implements Conn {
  readonly #web: WebClient;
  readonly #log: Log;
  readonly #inbox = new Inbox();
  readonly #directory: Directory;
  /** Parts of a reply that Slack took, by the event's id: when it is sent again they are not. */
  readonly #taken = new Map<string, Receipt[]>();
  #transport: Transport | undefined;
  #self: Self = { team: "", user: "", name: "" };
  /** What comes in is heard in order, though names may have to be asked for. */
  #hearing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(web: WebClient, log: Log) {
    this.#web = web;
    this.#log = log;
    this.#directory = new Directory(web, log);
  }

  /** Resolves when messages flow. Rejects with `config` for a token that Slack refuses. */
  async open(transport: Transport): Promise<void> {
    const {
      team_id: team = "",
      user_id: user = "",
      user: name = "",
    } = await this.#web.auth.test().catch((error) => {
      const refused = refusal(error, "auth.test");
      throw refused.code === "timeout" ? new BotError("not_connected", refused.message) : refused;
    });
    this.#self = { team, user, name };
    this.#transport = transport;
    await transport.open();
  }

  recv(): Promise<Event> {
    return this.#inbox.take();
  }

  ack(event: Event): Promise<void> {
    return this.#inbox.ack(event);
  }

  async send(event: Event): Promise<Receipt> {
    if (this.#closed) throw new BotError("not_connected", "[input-slack] the connection is closed");
    const channel = await this.#channelOf(event);
    const { person } = event.to;
    const parts = compose(event, { mention: channel.startsWith("D") ? undefined : person });
    const taken = this.#taken.get(event.id) ?? [];
    for (let at = taken.length; at < parts.length; at++) {
      taken.push(await this.#post(event, channel, parts[at]!, at));
      if (at + 1 < parts.length) this.#remember(event.id, taken);
    }
    this.#taken.delete(event.id);
    return taken.at(-1)!;
  }

  async find(event: Event): Promise<Receipt | undefined> {
    const channel = await this.#channelOf(event);
    const { person } = event.to;
    const parts = compose(event, { mention: channel.startsWith("D") ? undefined : person });
    const found = await this.#ours(event, channel);
    const taken: Receipt[] = [];
    for (let at = 0; at < parts.length && found.has(at); at++) taken.push({ id: found.get(at)! });
    if (taken.length === parts.length) return taken.at(-1)!;
    if (taken.length > 0) this.#remember(event.id, taken);
    return undefined;
  }

  async close(): Promise<void> {
    this.end(new BotError("closed", "[input-slack] the connection was closed"));
  }

  /** The end: `recv` rejects with the error. */
  end(error: BotError): void {
    this.#closed = true;
    this.#transport?.close();
    this.#inbox.end(error);
  }

  /** Takes a delivery: it becomes an event, or is acknowledged at once. */
  took(kind: string, delivery: Delivery): void {
    this.#hearing = this.#hearing
      .then(() => this.#hear(kind, delivery))
      .catch((error: unknown) =>
        this.#log.warn({ input: "slack", err: error }, "slack: a delivery could not be read"),
      );
  }

  async #hear(kind: string, delivery: Delivery): Promise<void> {
    const event = await this.#eventOf(kind, delivery);
    if (!event || this.#inbox.put(event, delivery))
      await delivery.ack().catch((error: unknown) => {
        this.#log.debug({ input: "slack", err: error }, "slack: not acknowledged; it comes again");
      });
  }

  async #eventOf(kind: string, { body }: Delivery): Promise<Event | undefined> {
    if (kind === "interactive") return press(body, this.#self);
    if (kind !== "events_api" || typeof body.event !== "object" || body.event === null) return undefined;
    const message = body.event as Message;
    const text = textOf(message, this.#self);
    if (text === undefined) return undefined;
    await this.#directory.learn(peopleIn(text).filter((id) => id !== this.#self.user));
    return hear(message, text, this.#self, this.#directory);
  }

  async #channelOf({ to: { room, person } }: Event): Promise<string> {
    if (room.startsWith("#")) return this.#directory.channelId(room.slice(1));
    if (room.startsWith("@"))
      return this.#directory.directChannel(await this.#directory.personId(room.slice(1)));
    if (/^[CGD][A-Z0-9]{2,}$/.test(room)) return room;
    const who = room === "" ? person : room;
    if (who !== undefined && /^[UW][A-Z0-9]{2,}$/.test(who)) return this.#directory.directChannel(who);
    throw new BotError(
      "invalid",
      `[input-slack] '${room.slice(0, 100)}' is no channel: write slack:#ops, slack:@alice, or an id`,
    );
  }

  async #post(event: Event, channel: string, part: Part, at: number): Promise<Receipt> {
    const { thread } = event.to;
    if ("data" in part) return this.#upload(channel, thread, part);
    const { text, blocks } = part;
    const shown = { channel, text, ...(blocks && { blocks: blocks as never }) };
    if (at === 0 && event.edit !== undefined) {
      await this.#call("chat.update", () => this.#web.chat.update({ ...shown, ts: event.edit! }));
      return { id: event.edit };
    }
    const posted = await this.#call("chat.postMessage", () =>
      this.#web.chat.postMessage({
        ...shown,
        mrkdwn: part.mrkdwn,
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: MARK, event_payload: { id: event.id, part: at } },
        ...(thread !== undefined && { thread_ts: thread }),
      }),
    );
    return { ...(posted.ts !== undefined && { id: posted.ts }) };
  }

  async #upload(
    channel: string,
    thread: string | undefined,
    { name, data }: Extract<Part, { data: Buffer }>,
  ): Promise<Receipt> {
    const place = { channel_id: channel, ...(thread !== undefined && { thread_ts: thread }) };
    await this.#call("files.upload", () =>
      this.#web.filesUploadV2({ ...(place as { channel_id: string }), filename: name, file: data }),
    );
    return {};
  }

  /** Times of our messages of this event, by part. Files have no mark, and are not found. */
  async #ours(event: Event, channel: string): Promise<Map<number, string>> {
    const oldest = String(Math.floor(event.time / 1000) - SKEW);
    const { thread } = event.to;
    const place = { channel, oldest, limit: LOOK, include_all_metadata: true };
    const page = await this.#call("conversations.history", () =>
      thread === undefined
        ? this.#web.conversations.history(place)
        : this.#web.conversations.replies({ ...place, ts: thread }),
    ).catch((error: BotError) => {
      throw error.code === "timeout" ? new BotError("not_connected", error.message) : error;
    });
    const found = new Map<number, string>();
    for (const { ts, metadata } of page.messages ?? []) {
      const mark = metadata?.event_payload as { id?: unknown; part?: unknown } | undefined;
      if (metadata?.event_type === MARK && mark?.id === event.id && ts) found.set(Number(mark.part), ts);
    }
    return found;
  }

  async #call<T>(method: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw refusal(error, method);
    }
  }

  #remember(id: string, taken: Receipt[]): void {
    this.#taken.set(id, taken);
    if (this.#taken.size > REMEMBERED) this.#taken.delete(this.#taken.keys().next().value!);
  }
}
