import { BotError, codeOf, type Log, messageOf } from "@micro-bot/core";
import { Backoff, pause, within } from "@micro-bot/kit";
import type { SocketModeClient } from "@slack/socket-mode";
import type { Logger } from "@slack/web-api";
import type { Delivery } from "./inbox.ts";
import { refusal } from "./refusals.ts";

/** How many sockets are open at one time: while Slack replaces one, another takes what comes. */
const SOCKETS = 2;
/** How long a socket may take to say hello, in milliseconds. */
const HELLO = 10_000;
/** Pings go out three times as often; a socket without a pong for so long is dead. */
const PONG = 9_000;
/** How often a socket is looked at, in milliseconds. */
const WATCH = 1000;
/** Slack pings more often than this. */
const SERVER_PING = 30_000;
/** Between two tries to replace a socket while another is open, at first, in milliseconds. */
const PAUSE = 1000;
const LONGEST_TOLD = 3_600_000;

export interface SocketOptions {
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly timeout: number;
  readonly log: Log;
  /** Something came that is owed an ack. */
  readonly took: (kind: string, delivery: Delivery) => void;
  /** No socket is left. */
  readonly over: (error: BotError) => void;
}

/** One socket of Socket Mode. */
interface Link {
  open(): Promise<void>;
  close(): void;
}

interface LinkHands {
  frame(frame: Readonly<Record<string, unknown>>, ack: (envelope: string) => Promise<void>): void;
  ended(): void;
}

/**
 * Sockets of Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode). The library's client carries each;
 * what it would do by itself (acks, reconnects, throwing on a frame it does not expect) is taken out of its hands.
 */
export class Sockets {
  readonly #options: SocketOptions;
  readonly #links = new Set<Link>();
  readonly #leaving = new Set<Link>();
  #library: typeof SocketModeClient | undefined;
  readonly #over = new AbortController();

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  get #closed(): boolean {
    return this.#over.signal.aborted;
  }

  get size(): number {
    return this.#links.size;
  }

  /** Resolves when one socket is open; the others follow. Rejects with `config` or `not_connected`. */
  async open(): Promise<void> {
    this.#library = (await import("@slack/socket-mode")).SocketModeClient;
    await this.#add();
    for (let i = 1; i < SOCKETS; i++) void this.#keepAdding();
  }

  close(): void {
    this.#over.abort();
    for (const link of this.#links) link.close();
    this.#links.clear();
  }

  async #add(): Promise<void> {
    const link: Link = newLink(this.#library!, this.#options, {
      frame: (frame, ack) => this.#frame(link, frame, ack),
      ended: () => this.#ended(link),
    });
    await link.open();
    if (this.#closed) link.close();
    else this.#links.add(link);
  }

  /** One more socket, while another is open; when the last is lost, the engine connects anew. */
  async #keepAdding(): Promise<void> {
    const backoff = new Backoff(PAUSE);
    while (!this.#closed) {
      let waitMs = backoff.next();
      try {
        return await this.#add();
      } catch (error) {
        if (this.#closed || this.#links.size === 0) return;
        // A token that is refused now is refused later: another try would not help.
        if (codeOf(error) === "config") {
          this.#options.over(error as BotError);
          return;
        }
        waitMs = Math.max(waitMs, toldToWait(error));
        this.#options.log.warn(
          { input: "slack", retry_ms: waitMs },
          `slack: a socket could not be replaced: ${messageOf(error)}`,
        );
      }
      await pause(waitMs, this.#over.signal);
    }
  }

  #ended(link: Link): void {
    // Its replacement is on its way already.
    if (!this.#links.delete(link) || this.#closed || this.#leaving.has(link)) return;
    if (this.#links.size > 0) void this.#keepAdding();
    else this.#lost();
  }

  #frame(
    link: Link,
    frame: Readonly<Record<string, unknown>>,
    ack: (envelope: string) => Promise<void>,
  ): void {
    const { type, envelope_id: envelope, payload, retry_attempt: retry } = frame;
    if (type === "disconnect") this.#refresh(link);
    if (typeof envelope !== "string") return;
    const body = typeof payload === "object" && payload !== null ? payload : {};
    const delivery: Delivery = {
      body: body as Readonly<Record<string, unknown>>,
      ...(typeof retry === "number" && { retry }),
      ack: () => ack(envelope),
    };
    // What no type names is nothing of ours: it is acknowledged and dropped.
    this.#options.took(typeof type === "string" ? type : "", delivery);
  }

  /** Slack is about to close it: another is opened first. */
  #refresh(link: Link): void {
    if (this.#leaving.has(link)) return;
    this.#leaving.add(link);
    void this.#keepAdding().finally(() => {
      this.#links.delete(link);
      this.#leaving.delete(link);
      link.close();
      if (this.#links.size === 0) this.#lost();
    });
  }

  #lost(): void {
    if (!this.#closed) this.#options.over(lost("the last socket was lost"));
  }
}

function newLink(
  Library: typeof SocketModeClient,
  { appToken, apiUrl, timeout }: SocketOptions,
  hands: LinkHands,
): Link {
  class Guarded extends Library {
    // The library's own throws on frames that it does not know, and ends the process with it.
    protected override async onWebSocketMessage(data: unknown): Promise<void> {
      // Slack sends text; what is binary comes as a Blob, whatever the library's types say.
      const frame = typeof data === "string" ? parsed(data) : undefined;
      if (frame?.type === "hello") this.emit("connected", {});
      else if (frame) hands.frame(frame, (envelope) => this.#ack(envelope));
    }

    async #ack(envelope: string): Promise<void> {
      const { websocket } = this;
      if (!websocket?.isActive()) throw lost("the socket was closed");
      const frame = JSON.stringify({ envelope_id: envelope, payload: {} });
      await new Promise<void>((resolve, reject) => {
        websocket.send(frame, (error?: unknown) => (error ? reject(error) : resolve()));
      });
    }
  }

  const client = new Guarded({
    appToken,
    autoReconnectEnabled: false,
    clientPingTimeout: PONG,
    serverPingTimeout: SERVER_PING,
    logger: SILENT,
    clientOptions: {
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout,
      ...(apiUrl !== undefined && { slackApiUrl: apiUrl }),
    },
  });
  // The library waits half a minute for a mute peer to say goodbye.
  const watch = setInterval(() => {
    if (!opened || client.websocket?.isActive()) return;
    // Told a second time, it lets go at once.
    client.websocket?.disconnect();
    ended();
  }, WATCH);
  watch.unref();
  let opened = false;
  function ended(): void {
    clearInterval(watch);
    hands.ended();
  }
  client.on("error", () => {});
  client.on("disconnected", ended);
  return {
    async open() {
      try {
        opened = await within(client.start(), HELLO);
        if (!opened) throw lost("no hello in time");
      } catch (error) {
        clearInterval(watch);
        client.disconnect().catch(() => {});
        // The library rejects with nothing when the socket closes before its hello.
        throw error === undefined ? lost("the socket was closed before its hello") : tokenOr(error);
      }
    },
    close() {
      clearInterval(watch);
      client.disconnect().catch(() => {});
    },
  };
}

function tokenOr(error: unknown): BotError {
  const refused = refusal(error, "apps.connections.open", "slack_app_token");
  // To open is not to send: nothing was taken when the answer is lost.
  return refused.code === "timeout" ? lost(refused.message) : refused;
}

/** How long Slack said to wait, in milliseconds: an hour at most. */
function toldToWait(error: unknown): number {
  const { retryAfter } = (error as BotError).detail;
  return typeof retryAfter === "number" ? Math.min(retryAfter, LONGEST_TOLD) : 0;
}

function lost(why: string): BotError {
  return new BotError("not_connected", `[input-slack] ${why}`);
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null
      ? (frame as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

// The library writes whole frames and tokens into its log.
export const SILENT: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => "error" as never,
  setName() {},
};
