import { BOT, TEAM } from "./deliveries.ts";

/** A message in a channel. */
export interface Post {
  readonly channel: string;
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly thread_ts?: string;
  readonly blocks?: unknown;
  readonly metadata?: { event_type: string; event_payload: Record<string, unknown> };
  readonly file?: { readonly name: string; readonly data: string };
}

export type Args = Readonly<Record<string, string>>;
export type Answer = Record<string, unknown>;

const CHANNELS = new Map(Object.entries({ C0OPS: "ops", C0DEV: "dev", C0OTHER: "other" }));
const PEOPLE = new Map(Object.entries({ U0ALICE: "alice", U0BOB: "bob", U0MALLORY: "mallory" }));

/** What a workspace holds, and the methods of the Web API that read and write it. */
export class Workspace {
  readonly posts: Post[] = [];
  /** What one person alone was shown. */
  readonly ephemerals: { channel: string; user: string; text: string; thread_ts?: string }[] = [];
  readonly uploads = new Map<string, { name: string; data: string }>();
  readonly #posted: (post: Post) => void;
  #count = 0;

  constructor(posted: (post: Post) => void) {
    this.#posted = posted;
  }

  newTs(): string {
    this.#count++;
    return `${Math.floor(Date.now() / 1000)}.${String(this.#count).padStart(6, "0")}`;
  }

  /** `address` is where files may be uploaded. */
  methods(address: () => string): Readonly<Record<string, (args: Args) => Answer>> {
    return {
      "auth.test": () => ({
        ok: true,
        team_id: TEAM,
        team: "t",
        user_id: BOT,
        user: "micro",
        bot_id: "B00000001",
        url: "https://t.example/",
      }),
      "chat.postMessage": (args) => this.#say(args),
      "chat.update": (args) => this.#edit(args),
      "chat.postEphemeral": ({ channel = "", user = "", text = "", thread_ts }) => {
        if (!isChannel(channel)) return no("channel_not_found");
        this.ephemerals.push({ channel, user, text, ...(thread_ts !== undefined && { thread_ts }) });
        return { ok: true, message_ts: this.newTs() };
      },
      "conversations.list": ({ cursor }) =>
        page(
          "channels",
          [...CHANNELS].map(([id, name]) => ({ id, name })),
          cursor,
        ),
      "conversations.open": ({ users = "" }) =>
        PEOPLE.has(users) ? { ok: true, channel: { id: `D${users.slice(1)}` } } : no("user_not_found"),
      "conversations.info": ({ channel = "" }) =>
        CHANNELS.has(channel)
          ? { ok: true, channel: { id: channel, name: CHANNELS.get(channel) } }
          : no("channel_not_found"),
      "conversations.history": ({ channel, oldest = "0", cursor }) =>
        history(
          this.posts.filter((one) => one.channel === channel && Number(one.ts) >= Number(oldest)).reverse(),
          cursor,
        ),
      "conversations.replies": ({ channel, ts, oldest = "0", cursor }) =>
        history(
          this.posts.filter(
            (one) => one.channel === channel && one.thread_ts === ts && Number(one.ts) >= Number(oldest),
          ),
          cursor,
        ),
      "users.list": ({ cursor }) =>
        page(
          "members",
          [...PEOPLE].map(([id, name]) => ({ id, name, profile: { display_name: name } })),
          cursor,
        ),
      "users.info": ({ user = "" }) =>
        PEOPLE.has(user)
          ? {
              ok: true,
              user: { id: user, name: PEOPLE.get(user), profile: { display_name: PEOPLE.get(user) } },
            }
          : no("user_not_found"),
      "files.getUploadURLExternal": ({ filename = "" }) => {
        const id = `F${++this.#count}`;
        this.uploads.set(id, { name: filename, data: "" });
        return { ok: true, upload_url: `${address()}/upload/${id}`, file_id: id };
      },
      "files.completeUploadExternal": (args) => this.#share(args),
    };
  }

  #say({ channel = "", text = "", thread_ts, blocks, metadata }: Args): Answer {
    if (!isChannel(channel)) return no("channel_not_found");
    if (text === "" && blocks === undefined) return no("no_text");
    if (text.length > 40_000) return no("msg_too_long");
    const one = this.#post({
      channel,
      text,
      ...(thread_ts !== undefined && { thread_ts }),
      ...(blocks !== undefined && { blocks: JSON.parse(blocks) }),
      ...(metadata !== undefined && { metadata: JSON.parse(metadata) }),
    });
    return { ok: true, channel, ts: one.ts, message: { text, ts: one.ts } };
  }

  #edit({ channel = "", ts = "", text = "", blocks }: Args): Answer {
    const at = this.posts.findIndex((one) => one.channel === channel && one.ts === ts);
    if (at < 0) return no("message_not_found");
    this.posts[at] = {
      ...this.posts[at]!,
      text,
      ...(blocks !== undefined && { blocks: JSON.parse(blocks) }),
    };
    return { ok: true, channel, ts, text };
  }

  #share({ files = "[]", channel_id = "", thread_ts }: Args): Answer {
    for (const { id } of JSON.parse(files) as { id: string }[])
      this.#post({
        channel: channel_id,
        text: "",
        file: this.uploads.get(id)!,
        ...(thread_ts !== undefined && { thread_ts }),
      });
    return { ok: true, files: JSON.parse(files) };
  }

  #post(more: Omit<Post, "ts" | "user">): Post {
    const one = { ...more, ts: this.newTs(), user: BOT };
    this.posts.push(one);
    this.#posted(one);
    return one;
  }
}

function no(error: string): Answer {
  return { ok: false, error };
}

/** Pages of ten. */
function history(all: readonly Post[], cursor = "0"): Answer {
  const [at, end] = [Number(cursor), Number(cursor) + 10];
  const messages = all
    .slice(at, end)
    .map(({ file, ...one }) => ({ ...one, ...(file && { files: [{ name: file.name }] }) }));
  return { ok: true, messages, response_metadata: { next_cursor: end < all.length ? String(end) : "" } };
}

/** Pages of two, so that cursors are followed. */
function page(key: string, all: readonly object[], cursor = "0"): Answer {
  const at = Number(cursor);
  const end = at + 2;
  return {
    ok: true,
    [key]: all.slice(at, end),
    response_metadata: { next_cursor: end < all.length ? String(end) : "" },
  };
}

function isChannel(id: string): boolean {
  return CHANNELS.has(id) || [...PEOPLE.keys()].some((user) => id === `D${user.slice(1)}`);
}
