// A stand-in for Slack: its Web API and Socket Mode as documented, strict about what the bot may do.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export const BOT = "UBOT00001";
export const TEAM = "T00000001";
const APP = "A00000001";

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

/** What the next call of a method does instead of working. */
export type Trouble =
  /** `after` so many calls that work. */
  | { readonly error: string; readonly after?: number }
  | { readonly retryAfter: number; readonly channel?: string }
  /** It is carried out, and the answer is lost. */
  | "lose"
  /** The connection is cut before anything is done. */
  | "cut"
  /** It never answers. */
  | "hang";

export interface SlackOptions {
  /** How long an ack may take before the event is sent again, in milliseconds; Slack's is 3000. */
  readonly ackWait?: number;
  /** How often an event is sent again; Slack's is 3. */
  readonly retries?: number;
  readonly botToken?: string;
  readonly appToken?: string;
}

interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly payload: Record<string, unknown>;
  attempt: number;
  timer?: NodeJS.Timeout;
}

const CHANNELS: Readonly<Record<string, string>> = { C0OPS: "ops", C0DEV: "dev", C0OTHER: "other" };
const PEOPLE: Readonly<Record<string, string>> = { U0ALICE: "alice", U0BOB: "bob", U0MALLORY: "mallory" };
/** Arguments that the methods which the bot calls know. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "auth.test": [],
  "apps.connections.open": [],
  "chat.postMessage": [
    "channel",
    "text",
    "blocks",
    "thread_ts",
    "mrkdwn",
    "unfurl_links",
    "unfurl_media",
    "metadata",
  ],
  "chat.update": ["channel", "ts", "text", "blocks"],
  "conversations.list": ["types", "exclude_archived", "limit", "cursor"],
  "conversations.open": ["users"],
  "conversations.info": ["channel"],
  "conversations.history": ["channel", "oldest", "limit", "include_all_metadata", "cursor"],
  "conversations.replies": ["channel", "ts", "oldest", "limit", "include_all_metadata", "cursor"],
  "users.list": ["limit", "cursor"],
  "users.info": ["user"],
  "files.getUploadURLExternal": ["filename", "length"],
  "files.completeUploadExternal": ["files", "channel_id", "thread_ts", "initial_comment"],
};

type Args = Readonly<Record<string, string>>;
type Answer = Record<string, unknown>;

export type Slack = Awaited<ReturnType<typeof startSlack>>;

/** Starts it on a free port. */
export async function startSlack(options: SlackOptions = {}) {
  const {
    ackWait = 3000,
    retries = 3,
    botToken = "xoxb-1-bot-token",
    appToken = "xapp-1-app-token",
  } = options;
  const violations: string[] = [];
  const posts: Post[] = [];
  const calls: string[] = [];
  const acks: { readonly envelope: string; readonly after: number }[] = [];
  const sockets = new Set<WebSocket>();
  const frozen = new Set<WebSocket>();
  /** Sockets that were asked to be replaced. */
  const asked = new Set<WebSocket>();
  const pending = new Map<string, Envelope & { sent: number }>();
  const sentOnce = new Set<string>();
  const held: (Envelope & { sent: number })[] = [];
  const troubles = new Map<string, Trouble[]>();
  const uploads = new Map<string, { name: string; data: string }>();
  const hearers: PromiseWithResolvers<Post>[] = [];
  const unheard: Post[] = [];
  let tickets = 0;
  let count = 0;
  let next = 0;
  let swallow = false;
  let listener: ((post: Post) => void) | undefined;

  const http = createServer((request, response) => {
    serve(request, response).catch((error) => {
      violations.push(String(error));
      response.destroy();
    });
  });
  const wss = new WebSocketServer({ server: http });
  wss.on("connection", (socket) => connect(socket));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;

  function newTs(): string {
    count++;
    return `${Math.floor(Date.now() / 1000)}.${String(count).padStart(6, "0")}`;
  }

  function connect(socket: WebSocket): void {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("message", (data) => acked(String(data)));
    socket.send(
      JSON.stringify({
        type: "hello",
        num_connections: sockets.size,
        debug_info: { host: "fake", build_number: 1, approximate_connection_time: 18060 },
        connection_info: { app_id: APP },
      }),
    );
    for (const envelope of held.splice(0)) deliver(envelope);
  }

  function acked(text: string): void {
    let frame: { envelope_id?: string };
    try {
      frame = JSON.parse(text);
    } catch {
      violations.push(`a frame that is no JSON: ${text.slice(0, 100)}`);
      return;
    }
    const envelope = pending.get(frame.envelope_id ?? "");
    if (!envelope) {
      // Late, or a second time: Slack does not mind.
      if (!sentOnce.has(frame.envelope_id ?? ""))
        violations.push(`an ack of an envelope that was not sent: ${text.slice(0, 100)}`);
      return;
    }
    if (swallow) return;
    clearTimeout(envelope.timer);
    pending.delete(envelope.id);
    acks.push({ envelope: envelope.id, after: performance.now() - envelope.sent });
  }

  function deliver(envelope: Envelope & { sent: number }): void {
    const open = [...sockets];
    const socket = open[next++ % Math.max(1, open.length)];
    if (!socket) {
      held.push(envelope);
      return;
    }
    envelope.sent = performance.now();
    sentOnce.add(envelope.id);
    pending.set(envelope.id, envelope);
    const { id, type, payload, attempt } = envelope;
    if (!frozen.has(socket))
      socket.send(
        JSON.stringify({
          envelope_id: id,
          type,
          payload,
          accepts_response_payload: type !== "events_api",
          retry_attempt: attempt,
          retry_reason: attempt > 0 ? "timeout" : "",
        }),
      );
    envelope.timer = setTimeout(() => again(envelope), ackWait);
  }

  function again(envelope: Envelope & { sent: number }): void {
    pending.delete(envelope.id);
    if (envelope.type !== "events_api" || envelope.attempt >= retries) return;
    // A new envelope with the same event.
    deliver({ ...envelope, id: crypto.randomUUID(), attempt: envelope.attempt + 1 });
  }

  function emit(type: string, payload: Record<string, unknown>): string {
    const envelope = { id: crypto.randomUUID(), type, payload, attempt: 0, sent: 0 };
    deliver(envelope);
    return envelope.id;
  }

  function eventOf(event: Record<string, unknown>): Record<string, unknown> {
    return {
      type: "event_callback",
      team_id: TEAM,
      api_app_id: APP,
      event_id: `Ev${++count}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [
        { enterprise_id: null, team_id: TEAM, user_id: BOT, is_bot: true, is_enterprise_install: false },
      ],
      event,
    };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, kind = "", name = ""] = (request.url ?? "").split("/");
    if (kind === "upload") {
      const upload = uploads.get(name);
      if (upload) upload.data = fileIn(body, request.headers["content-type"] ?? "");
      response.writeHead(200).end("OK");
      return;
    }
    const args = Object.fromEntries(new URLSearchParams(body.toString()));
    const trouble = takeTrouble(name, args);
    if (trouble === "hang") return;
    if (trouble === "cut") {
      request.socket.destroy();
      return;
    }
    if (typeof trouble === "object" && "retryAfter" in trouble) {
      response.writeHead(429, {
        "retry-after": String(trouble.retryAfter),
        "content-type": "application/json",
      });
      response.end(JSON.stringify({ ok: false, error: "ratelimited" }));
      return;
    }
    const answer = typeof trouble === "object" ? { ok: false, ...trouble } : call(name, args, request);
    if (trouble === "lose") {
      request.socket.destroy();
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }

  function takeTrouble(name: string, args: Args): Trouble | undefined {
    const all = troubles.get(name) ?? [];
    const at = all.findIndex(
      (one) => typeof one !== "object" || !("channel" in one) || one.channel === args.channel,
    );
    const one = all[at];
    if (typeof one === "object" && "after" in one && one.after) {
      all[at] = { ...one, after: one.after - 1 };
      return undefined;
    }
    return at < 0 ? undefined : all.splice(at, 1)[0];
  }

  function call(name: string, args: Args, request: IncomingMessage): Answer {
    calls.push(name);
    const known = KNOWN[name];
    if (!known) {
      violations.push(`a method that is not known: ${name}`);
      return { ok: false, error: "unknown_method" };
    }
    for (const key of Object.keys(args))
      if (!known.includes(key) && key !== "token") violations.push(`${name} has no argument ${key}`);
    const wanted = name === "apps.connections.open" ? appToken : botToken;
    if (request.headers.authorization !== `Bearer ${wanted}`) return { ok: false, error: "invalid_auth" };
    return methods[name]!(args);
  }

  function post(more: Omit<Post, "ts" | "user">): Post {
    const one = { ...more, ts: newTs(), user: BOT };
    posts.push(one);
    const hearer = hearers.shift();
    if (listener) listener(one);
    else if (hearer) hearer.resolve(one);
    else unheard.push(one);
    // The app's own messages come back to it.
    emit(
      "events_api",
      eventOf({ type: "message", bot_id: "B00000001", channel_type: "channel", ...one, event_ts: one.ts }),
    );
    return one;
  }

  const methods: Readonly<Record<string, (args: Args) => Answer>> = {
    "auth.test": () => ({
      ok: true,
      team_id: TEAM,
      team: "t",
      user_id: BOT,
      user: "micro",
      bot_id: "B00000001",
      url: "https://t.example/",
    }),
    "apps.connections.open": () => ({ ok: true, url: `ws://127.0.0.1:${port}/link/?ticket=${++tickets}` }),
    "chat.postMessage"({ channel = "", text = "", thread_ts, blocks, metadata }) {
      if (!isChannel(channel)) return { ok: false, error: "channel_not_found" };
      if (text === "" && blocks === undefined) return { ok: false, error: "no_text" };
      if (text.length > 40_000) return { ok: false, error: "msg_too_long" };
      const one = post({
        channel,
        text,
        ...(thread_ts !== undefined && { thread_ts }),
        ...(blocks !== undefined && { blocks: JSON.parse(blocks) }),
        ...(metadata !== undefined && { metadata: JSON.parse(metadata) }),
      });
      return { ok: true, channel, ts: one.ts, message: { text, ts: one.ts } };
    },
    "chat.update"({ channel = "", ts = "", text = "", blocks }) {
      const at = posts.findIndex((one) => one.channel === channel && one.ts === ts);
      if (at < 0) return { ok: false, error: "message_not_found" };
      posts[at] = { ...posts[at]!, text, ...(blocks !== undefined && { blocks: JSON.parse(blocks) }) };
      return { ok: true, channel, ts, text };
    },
    "conversations.list": ({ cursor }) =>
      page(
        "channels",
        Object.entries(CHANNELS).map(([id, name]) => ({ id, name })),
        cursor,
      ),
    "conversations.open": ({ users = "" }) =>
      PEOPLE[users]
        ? { ok: true, channel: { id: `D${users.slice(1)}` } }
        : { ok: false, error: "user_not_found" },
    "conversations.info": ({ channel = "" }) =>
      CHANNELS[channel]
        ? { ok: true, channel: { id: channel, name: CHANNELS[channel] } }
        : { ok: false, error: "channel_not_found" },
    "conversations.history": ({ channel, oldest = "0", cursor }) =>
      history(
        posts.filter((one) => one.channel === channel && Number(one.ts) >= Number(oldest)).reverse(),
        cursor,
      ),
    "conversations.replies": ({ channel, ts, oldest = "0", cursor }) =>
      history(
        posts.filter(
          (one) => one.channel === channel && one.thread_ts === ts && Number(one.ts) >= Number(oldest),
        ),
        cursor,
      ),
    "users.list": ({ cursor }) =>
      page(
        "members",
        Object.entries(PEOPLE).map(([id, name]) => ({ id, name, profile: { display_name: name } })),
        cursor,
      ),
    "users.info": ({ user = "" }) =>
      PEOPLE[user]
        ? { ok: true, user: { id: user, name: PEOPLE[user], profile: { display_name: PEOPLE[user] } } }
        : { ok: false, error: "user_not_found" },
    "files.getUploadURLExternal"({ filename = "" }) {
      const id = `F${++count}`;
      uploads.set(id, { name: filename, data: "" });
      return { ok: true, upload_url: `http://127.0.0.1:${port}/upload/${id}`, file_id: id };
    },
    "files.completeUploadExternal"({ files = "[]", channel_id = "", thread_ts }) {
      for (const { id } of JSON.parse(files) as { id: string }[])
        post({
          channel: channel_id,
          text: "",
          file: uploads.get(id)!,
          ...(thread_ts !== undefined && { thread_ts }),
        });
      return { ok: true, files: JSON.parse(files) };
    },
  };

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

  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    botToken,
    appToken,
    posts,
    calls,
    acks,
    violations,
    get sockets() {
      return sockets.size;
    },
    /** Events that were sent and not acknowledged. */
    get unacked() {
      return pending.size + held.length;
    },
    /** A person writes; a mention of the bot comes twice, as Slack sends it. Returns the message's ts. */
    say(
      text: string,
      {
        user = "U0ALICE",
        channel = "C0OPS",
        ...more
      }: { user?: string; channel?: string; [key: string]: unknown } = {},
    ): string {
      const ts = newTs();
      const direct = channel.startsWith("D");
      const event = {
        type: "message",
        user,
        text,
        ts,
        event_ts: ts,
        channel,
        channel_type: direct ? "im" : "channel",
        client_msg_id: crypto.randomUUID(),
        team: TEAM,
        ...more,
      };
      emit("events_api", eventOf(event));
      if (!direct && text.includes(`<@${BOT}>`)) {
        const { channel_type: _, ...rest } = event;
        emit("events_api", eventOf({ ...rest, type: "app_mention" }));
      }
      return ts;
    },
    /** Any event of the Events API. */
    event: (event: Record<string, unknown>, outer: Record<string, unknown> = {}) =>
      emit("events_api", { ...eventOf(event), ...outer }),
    /** An envelope of any type. */
    envelope: (type: string, payload: Record<string, unknown>) => emit(type, payload),
    newTs,
    /** Somebody presses a button under a message. */
    press(post: Post, choice: string, user = "U0ALICE"): void {
      const blocks = post.blocks as {
        type: string;
        block_id?: string;
        elements?: { value: string; action_id: string }[];
      }[];
      const block = blocks.find(({ type }) => type === "actions")!;
      const button = block.elements!.find(({ value }) => value === choice)!;
      emit("interactive", {
        type: "block_actions",
        team: { id: TEAM },
        user: { id: user, team_id: TEAM },
        channel: { id: post.channel },
        message: { ts: post.ts, ...(post.thread_ts !== undefined && { thread_ts: post.thread_ts }) },
        container: { type: "message", message_ts: post.ts, channel_id: post.channel },
        actions: [{ ...button, block_id: block.block_id, action_ts: newTs() }],
      });
    },
    /** A frame as it is, on one socket. */
    raw(text: string | Buffer): void {
      [...sockets][0]!.send(text);
    },
    /** The next message of the bot that nobody has heard yet. */
    heard(): Promise<Post> {
      const one = unheard.shift();
      if (one) return Promise.resolve(one);
      const hearer = Promise.withResolvers<Post>();
      hearers.push(hearer);
      return hearer.promise;
    },
    /** All messages of the bot from now on, instead of `heard`. */
    hearing(each: (post: Post) => void): void {
      listener = each;
    },
    /** The next calls of this method fail so, one after another. */
    trouble(method: string, ...all: readonly Trouble[]): void {
      troubles.set(method, [...(troubles.get(method) ?? []), ...all]);
    },
    /** Slack asks one socket to be replaced, and closes it soon after if nobody does. */
    refresh(): void {
      const socket = [...sockets].find((one) => !asked.has(one));
      if (!socket) return;
      asked.add(socket);
      setTimeout(() => socket.close(), 10_000).unref();
      socket.send(
        JSON.stringify({ type: "disconnect", reason: "refresh_requested", debug_info: { host: "fake" } }),
      );
    },
    /** All sockets are cut. */
    drop(): void {
      for (const socket of sockets) socket.terminate();
    },
    /** The sockets open now carry nothing more, and stay open. */
    freeze(): void {
      for (const socket of sockets) {
        frozen.add(socket);
        socket.pause();
      }
    },
    /** Acks do not count until set back. */
    set swallow(value: boolean) {
      swallow = value;
    },
    async stop(): Promise<void> {
      for (const { timer } of pending.values()) clearTimeout(timer);
      for (const socket of sockets) socket.terminate();
      wss.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function isChannel(id: string): boolean {
  return Object.hasOwn(CHANNELS, id) || Object.keys(PEOPLE).some((user) => id === `D${user.slice(1)}`);
}

// multipart/form-data of one file: RFC 7578. Plain bytes otherwise.
function fileIn(body: Buffer, type: string): string {
  const boundary = /boundary=(.+)$/.exec(type)?.[1];
  const text = body.toString("utf8");
  if (boundary === undefined) return text;
  const start = text.indexOf("\r\n\r\n") + 4;
  return text.slice(start, text.indexOf(`\r\n--${boundary}`, start));
}
