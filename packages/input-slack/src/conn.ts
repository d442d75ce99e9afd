import { BotError, type Conn, codeOf, type Event, type Log, messageOf, type Receipt } from "@micro-bot/core";
import type { RecentMap } from "@micro-bot/kit";
import type { WebClient } from "@slack/web-api";
import { compose, isChoices, type Part } from "./compose.ts";
import { channelsIn, peopleIn } from "./decode.ts";
import { Directory } from "./directory.ts";
import { hear, type Message, type Self, textOf, userOf } from "./hear.ts";
import { type Delivery, Inbox } from "./inbox.ts";
import { type Offer, Offers } from "./offers.ts";
import { readPress } from "./press.ts";
import { refusal, slackError } from "./refusals.ts";

/** Names our own messages among those of a channel. https://docs.slack.dev/messaging/message-metadata */
const MARK = "micro_bot_message";
/** Messages of a page, and pages, that are looked through for one of ours. */
const LOOK = 200;
const PAGES = 20;
/** How much earlier than its event's time a message may have been taken, in seconds: two clocks. */
const SKEW = 60;
/** Why a message cannot be replaced. */
const NOT_CHANGED = ["message_not_found", "cant_update_message", "edit_window_closed"];

/** Parts of replies that Slack took, by the event's id: when one is sent again, perhaps by the next connection, they are not. */
export type Taken = RecentMap<string, Receipt[]>;

interface Ours {
  readonly texts: Map<number, string>;
  readonly files: Map<string, string>;
}

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
  readonly #taken: Taken;
  readonly #offers = new Offers();
  #transport: Transport | undefined;
  #self: Self = { team: "", user: "", name: "" };
  /** What comes in is heard in order, though names may have to be asked for. */
  #hearing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(web: WebClient, log: Log, taken: Taken) {
    this.#taken = taken;
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

  async ack(event: Event): Promise<void> {
    this.#show(this.#offers.answered(event));
    await this.#inbox.ack(event);
  }

  async send(event: Event, over?: AbortSignal): Promise<Receipt> {
    if (this.#closed) throw new BotError("not_connected", "[input-slack] the connection is closed");
    try {
      return await this.#send(event, over);
    } catch (error) {
      if (codeOf(error) !== "config") throw error;
      // The token is at fault, not the message: it waits until there is another.
      this.end(error as BotError);
      throw new BotError("not_connected", messageOf(error), { cause: error });
    }
  }

  async #send(event: Event, over: AbortSignal | undefined): Promise<Receipt> {
    const channel = await this.#channelOf(event);
    const parts = compose(event, { mention: mentionOf(event, channel) });
    const taken = this.#taken.get(event.id) ?? [];
    for (let at = taken.length; at < parts.length; at++) {
      if (at > 0 && over?.aborted) break;
      taken.push(await this.#post(event, channel, parts[at]!, at));
      if (at + 1 < parts.length) this.#taken.set(event.id, taken);
    }
    this.#taken.delete(event.id);
    this.#show(this.#offers.over(event));
    return taken.at(-1)!;
  }

  async find(event: Event): Promise<Receipt | undefined> {
    const channel = await this.#channelOf(event);
    const parts = compose(event, { mention: mentionOf(event, channel) });
    const found = await this.#ours(event, channel);
    const taken: Receipt[] = [];
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at]!;
      const id = "name" in part ? found.files.get(part.name) : found.texts.get(at);
      if (id === undefined) break;
      taken.push({ id });
    }
    if (taken.length === parts.length) return taken.at(-1)!;
    if (taken.length > 0) this.#taken.set(event.id, taken);
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
    if (kind === "interactive") return this.#pressed(body);
    if (kind !== "events_api" || typeof body.event !== "object" || body.event === null) return undefined;
    const message = body.event as Message;
    const text = textOf(message, this.#self);
    if (text === undefined) return undefined;
    const { user, channel } = message as { readonly user: string; readonly channel: string };
    const people = [user, ...peopleIn(text)].filter((id) => id !== this.#self.user);
    await this.#directory.learn({ people, channels: [channel, ...channelsIn(text)] });
    const event = hear(message, text, this.#self, this.#directory, body.team_id);
    this.#offers.heard(event);
    return event;
  }

  /** A press of whoever was asked is what they say; anybody else is told so alone. */
  #pressed(body: Delivery["body"]): Event | undefined {
    const press = readPress(body, this.#self);
    if (!press) return undefined;
    const { event, offer, asked } = press;
    if (asked === undefined) return event;
    if (asked === event.from.person) {
      this.#offers.pressed(event, offer);
      return event;
    }
    const { thread } = event.from;
    const alone = {
      channel: offer.channel,
      user: userOf(event.from.person)!,
      text: `<@${userOf(asked)}> was asked that, and only they can answer it`,
      ...(thread !== undefined && { thread_ts: thread }),
    };
    void this.#quietly("chat.postEphemeral", () => this.#web.chat.postEphemeral(alone));
    return undefined;
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
    // Without any, the buttons of the message that is replaced would stay.
    const bare = { ...shown, blocks: (blocks ?? []) as never };
    if (at === 0 && event.edit !== undefined && (await this.#replace(bare, event.edit)))
      return { id: event.edit };
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
    if (posted.ts !== undefined && blocks?.some(isChoices))
      this.#offers.posted(event, { channel, ts: posted.ts, text, blocks });
    return { ...(posted.ts !== undefined && { id: posted.ts }) };
  }

  /** Whether the message was there to be replaced; where not, it is said anew. */
  async #replace(shown: { channel: string; text: string; blocks: never }, ts: string): Promise<boolean> {
    try {
      await this.#call("chat.update", () => this.#web.chat.update({ ...shown, ts }));
      return true;
    } catch (error) {
      if (NOT_CHANGED.includes(slackError(error) ?? "")) return false;
      throw error;
    }
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

  /** Our messages of this event by part, and our files by name, from shortly before it on. */
  async #ours(event: Event, channel: string): Promise<Ours> {
    const oldest = String(Math.floor(event.time / 1000) - SKEW);
    const found: Ours = { texts: new Map(), files: new Map() };
    let cursor: string | undefined;
    for (let pages = 0; pages < PAGES; pages++) {
      const page = await this.#page(event.to.thread, {
        channel,
        oldest,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { ts, user, metadata, files } of page.messages ?? []) {
        if (!ts) continue;
        const mark = metadata?.event_payload as { id?: unknown; part?: unknown } | undefined;
        if (metadata?.event_type === MARK && mark?.id === event.id) found.texts.set(Number(mark.part), ts);
        if (user === this.#self.user) for (const { name } of files ?? []) if (name) found.files.set(name, ts);
      }
      cursor = page.response_metadata?.next_cursor || undefined;
      if (cursor === undefined) break;
    }
    return found;
  }

  async #page(thread: string | undefined, more: { channel: string; oldest: string; cursor?: string }) {
    const place = { ...more, limit: LOOK, include_all_metadata: true };
    return this.#call("conversations.history", () =>
      thread === undefined
        ? this.#web.conversations.history(place)
        : this.#web.conversations.replies({ ...place, ts: thread }),
    ).catch((error: BotError) => {
      throw error.code === "timeout" ? new BotError("not_connected", error.message) : error;
    });
  }

  /** A message as it has become: without buttons. */
  #show(offer: Offer | undefined): void {
    if (!offer) return;
    const shown = { ...offer, blocks: offer.blocks as never };
    void this.#quietly("chat.update", () => this.#web.chat.update(shown));
  }

  /** What is nice to have: nobody waits for it, and it is not tried again. */
  async #quietly(method: string, call: () => Promise<unknown>): Promise<void> {
    await this.#call(method, call).catch((error: unknown) =>
      this.#log.debug({ input: "slack" }, `slack: not done: ${messageOf(error)}`),
    );
  }

  async #call<T>(method: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw refusal(error, method);
    }
  }
}

/** Who is mentioned in front of a reply; nobody where only they read it. */
function mentionOf({ to: { person } }: Event, channel: string): string | undefined {
  return channel.startsWith("D") ? undefined : userOf(person);
}
