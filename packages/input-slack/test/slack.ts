// A stand-in for Slack: its Web API and Socket Mode as documented, strict about what the bot may do.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { BOT, Deliveries, type DeliveryOptions, TEAM } from "./slack/deliveries.ts";
import { type Trouble, WebApi } from "./slack/web-api.ts";
import { type Post, Workspace } from "./slack/workspace.ts";

export { BOT, TEAM } from "./slack/deliveries.ts";
export type { Trouble } from "./slack/web-api.ts";
export type { Post } from "./slack/workspace.ts";

export interface SlackOptions extends DeliveryOptions {
  readonly botToken?: string;
  readonly appToken?: string;
}

/** What a person's message is, besides its text: any field of the event. */
export interface Saying {
  readonly user?: string;
  readonly channel?: string;
  readonly [key: string]: unknown;
}

export type Slack = Awaited<ReturnType<typeof startSlack>>;

/** Starts it on a free port. */
export async function startSlack(options: SlackOptions = {}) {
  const { botToken = "xoxb-1-bot-token", appToken = "xapp-1-app-token" } = options;
  const violations: string[] = [];
  const deliveries = new Deliveries(violations, options);
  const hearers: PromiseWithResolvers<Post>[] = [];
  const unheard: Post[] = [];
  let listener: ((post: Post) => void) | undefined;
  const workspace = new Workspace(posted);
  const address = () => `127.0.0.1:${port}`;
  let http: Server | undefined;
  let port = 0;
  let tickets = 0;
  const api = new WebApi({
    methods: {
      ...workspace.methods(() => `http://${address()}`),
      "apps.connections.open": () => ({ ok: true, url: `ws://${address()}/link/?ticket=${++tickets}` }),
    },
    uploads: workspace.uploads,
    tokenOf: (method) => (method === "apps.connections.open" ? appToken : botToken),
    violations,
  });

  function posted(post: Post): void {
    const hearer = hearers.shift();
    if (listener) listener(post);
    else if (hearer) hearer.resolve(post);
    else unheard.push(post);
    // The app's own messages come back to it.
    const own = { type: "message", bot_id: "B00000001", channel_type: "channel", event_ts: post.ts };
    deliveries.event({ ...own, ...post });
  }

  async function start(): Promise<void> {
    const server = createServer((request, response) => {
      api.serve(request, response).catch((error) => {
        // What a crash of ours cut is nobody's fault.
        if (server === http) violations.push(String(error));
        response.destroy();
      });
    });
    new WebSocketServer({ server }).on("connection", (socket) => deliveries.connect(socket));
    http = server;
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  }

  async function kill(): Promise<void> {
    const server = http;
    http = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    deliveries.crash();
    server.closeAllConnections();
    await closed;
  }

  await start();
  return {
    apiUrl: `http://${address()}/api/`,
    botToken,
    appToken,
    posts: workspace.posts,
    ephemerals: workspace.ephemerals,
    calls: api.calls,
    acks: deliveries.acks,
    violations,
    get sockets() {
      return deliveries.sockets.size;
    },
    /** Events that were sent and not acknowledged. */
    get unacked() {
      return deliveries.unacked;
    },
    /** How often something was sent again, as nobody acknowledged it. */
    get repeats() {
      return deliveries.repeats;
    },
    /** A person writes; a mention of the bot comes twice, as Slack sends it. Returns the message's ts. */
    say(text: string, { user = "U0ALICE", channel = "C0OPS", ...more }: Saying = {}): string {
      const ts = workspace.newTs();
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
      deliveries.event(event);
      if (!direct && text.includes(`<@${BOT}>`)) {
        const { channel_type: _, ...rest } = event;
        deliveries.event({ ...rest, type: "app_mention" });
      }
      return ts;
    },
    /** Any event of the Events API. */
    event: (event: Record<string, unknown>, outer: Record<string, unknown> = {}) =>
      deliveries.event(event, outer),
    /** An envelope of any type. */
    envelope: (type: string, payload: Record<string, unknown>) => deliveries.emit(type, payload),
    newTs: () => workspace.newTs(),
    /** Somebody presses a button under a message. */
    press(post: Post, choice: string, user = "U0ALICE"): void {
      const blocks = post.blocks as {
        type: string;
        block_id?: string;
        elements?: { value: string; action_id: string }[];
      }[];
      const block = blocks.find(({ type }) => type === "actions")!;
      const button = block.elements!.find(({ value }) => value === choice)!;
      deliveries.emit("interactive", {
        type: "block_actions",
        team: { id: TEAM },
        user: { id: user, team_id: TEAM },
        channel: { id: post.channel },
        message: {
          ts: post.ts,
          text: post.text,
          blocks,
          ...(post.thread_ts !== undefined && { thread_ts: post.thread_ts }),
        },
        container: { type: "message", message_ts: post.ts, channel_id: post.channel },
        actions: [{ ...button, block_id: block.block_id, action_ts: workspace.newTs() }],
      });
    },
    /** A frame as it is, on one socket. */
    raw(text: string | Buffer): void {
      [...deliveries.sockets][0]!.send(text);
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
    trouble: (method: string, ...all: readonly Trouble[]) => api.trouble(method, all),
    refresh: () => deliveries.refresh(),
    drop: () => deliveries.drop(),
    freeze: () => deliveries.freeze(),
    /** Acks do not count until set back. */
    set swallow(value: boolean) {
      deliveries.swallow = value;
    },
    /** As in a crash: all connections are cut and the port is closed. What was posted and what is not acknowledged stay. */
    kill,
    /** Starts it again, on the same port. */
    start,
    stop: kill,
  };
}
