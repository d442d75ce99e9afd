import { BotError, type Log, messageOf } from "@micro-bot/core";
import { RecentMap, within } from "@micro-bot/kit";
import type { WebClient } from "@slack/web-api";
import { cleanName, type Names } from "./decode.ts";
import { refusal } from "./refusals.ts";

/** How long a name that was not found is not looked for again, in milliseconds. */
const UNKNOWN_FOR = 30_000;
/** Entries of one page. https://docs.slack.dev/apis/web-api/pagination */
const PAGE = 200;
/** So many people, and so many channels, of one message are asked for. */
const MOST_NAMES = 10;
/** So many names are kept, and so many that are not known. */
const REMEMBERED = 10_000;
/** A name is nice to have; what was said may not wait longer for it, in milliseconds. */
const NAME_TIMEOUT = 1000;

/** Ids and names of people and channels, asked for when first needed. */
export class Directory implements Names {
  readonly #web: WebClient;
  readonly #log: Log;
  readonly #names = new RecentMap<string, string>(REMEMBERED);
  readonly #channels = new Map<string, string>();
  readonly #handles = new Map<string, string>();
  readonly #shown = new Map<string, string | undefined>();
  readonly #direct = new Map<string, string>();
  readonly #unknown = new RecentMap<string, number>(REMEMBERED);
  readonly #reading = new Map<string, Promise<void>>();

  constructor(web: WebClient, log: Log) {
    this.#web = web;
    this.#log = log;
  }

  person(id: string): string | undefined {
    return this.#names.get(id);
  }

  channel(id: string): string | undefined {
    return this.#names.get(id);
  }

  /** Learns the names of these people and channels, as far as that is quickly done. */
  async learn({
    people,
    channels,
  }: {
    readonly people: readonly string[];
    readonly channels: readonly string[];
  }): Promise<void> {
    const unknown = (ids: readonly string[]) =>
      [...new Set(ids)].filter((id) => !id.startsWith("D") && this.#isAskedFor(id)).slice(0, MOST_NAMES);
    const asked = [
      ...unknown(people).map((id) => this.#ask(id, () => this.#nameOfPerson(id))),
      ...unknown(channels).map((id) => this.#ask(id, () => this.#nameOfChannel(id))),
    ];
    if (asked.length === 0) return;
    await within(Promise.all(asked), NAME_TIMEOUT);
  }

  /** The id of `#name`. Rejects with `not_found`. */
  channelId(name: string): Promise<string> {
    const find = () => this.#channels.get(name.toLowerCase());
    return this.#find(`#${name}`, find, "conversations.list", () => this.#readChannels());
  }

  /** The id of `@name`: a handle, or a shown name that only one person has. Rejects with `not_found`. */
  personId(name: string): Promise<string> {
    const key = name.toLowerCase();
    const find = () => this.#handles.get(key) ?? this.#shown.get(key);
    return this.#find(`@${name}`, find, "users.list", () => this.#readPeople());
  }

  /** The channel in which the bot and one person write to each other. */
  async directChannel(person: string): Promise<string> {
    const known = this.#direct.get(person);
    if (known !== undefined) return known;
    const method = "conversations.open";
    const { channel } = await this.#web.conversations.open({ users: person }).catch((error: unknown) => {
      throw refusal(error, method);
    });
    if (channel?.id === undefined)
      throw new BotError("failed", `[input-slack] ${method}: it gave no channel`);
    this.#direct.set(person, channel.id);
    return channel.id;
  }

  async #find(
    shown: string,
    find: () => string | undefined,
    list: string,
    read: () => Promise<void>,
  ): Promise<string> {
    const known = find();
    if (known !== undefined) return known;
    if ((this.#unknown.get(shown) ?? 0) < Date.now()) {
      // Those who ask at the same time share one answer.
      const reading = this.#reading.get(list) ?? read().finally(() => this.#reading.delete(list));
      this.#reading.set(list, reading);
      await reading.catch((error: unknown) => {
        // To read is not to send: nothing was taken when the answer is lost.
        const refused = refusal(error, list);
        throw refused.code === "timeout" ? new BotError("not_connected", refused.message) : refused;
      });
    }
    const found = find();
    if (found !== undefined) return found;
    this.#missing(shown);
    const why = list === "users.list" ? "nobody there has that name" : "the bot sees no channel of that name";
    throw new BotError("not_found", `[input-slack] ${shown.slice(0, 100)}: ${why}`);
  }

  async #readChannels(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.#web.conversations.list({
        types: "public_channel,private_channel",
        exclude_archived: true,
        limit: PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { id, name } of page.channels ?? []) {
        if (id === undefined || name === undefined) continue;
        this.#channels.set(name.toLowerCase(), id);
        this.#name(id, name);
      }
      cursor = page.response_metadata?.next_cursor || undefined;
    } while (cursor !== undefined);
  }

  async #readPeople(): Promise<void> {
    let cursor: string | undefined;
    this.#shown.clear();
    do {
      const page = await this.#web.users.list({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
      for (const { id, name, deleted, is_bot: isBot, profile } of page.members ?? []) {
        if (id === undefined || name === undefined || deleted || isBot) continue;
        this.#handles.set(name.toLowerCase(), id);
        const shown = profile?.display_name || profile?.real_name || name;
        const key = shown.toLowerCase();
        // Whoever takes another's name gets none of their messages.
        this.#shown.set(key, this.#shown.has(key) ? undefined : id);
        this.#name(id, shown);
      }
      cursor = page.response_metadata?.next_cursor || undefined;
    } while (cursor !== undefined);
  }

  /** One that is slow, or was refused, is not asked for again with each message. */
  #isAskedFor(id: string): boolean {
    return !this.#names.has(id) && (this.#unknown.get(id) ?? 0) < Date.now();
  }

  async #ask(id: string, read: () => Promise<string | undefined>): Promise<void> {
    this.#missing(id);
    try {
      this.#name(id, (await read()) || id);
    } catch (error) {
      this.#log.debug({ id }, `slack: a name could not be read: ${messageOf(error)}`);
    }
  }

  async #nameOfPerson(id: string): Promise<string | undefined> {
    const { user } = await this.#web.users.info({ user: id });
    return user?.profile?.display_name || user?.profile?.real_name || user?.name;
  }

  // https://docs.slack.dev/reference/methods/conversations.info
  async #nameOfChannel(id: string): Promise<string | undefined> {
    const { channel } = await this.#web.conversations.info({ channel: id });
    return channel?.name;
  }

  #missing(key: string): void {
    this.#unknown.set(key, Date.now() + UNKNOWN_FOR);
  }

  #name(id: string, name: string): void {
    this.#names.set(id, cleanName(name) || id);
  }
}
