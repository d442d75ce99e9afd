import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BotError } from "@micro-bot/core";
import type { Delivery } from "./inbox.ts";

/** Bytes of a request that are read. */
const LARGEST = 1024 * 1024;
/** Seconds that a request's time may differ from ours, to either side. */
const SKEW = 300;
/** How long Slack is left waiting for an event that cannot be kept, in milliseconds; it then delivers it again. */
const PATIENCE = 10_000;

export interface HttpOptions {
  /** Address to listen on. Slack speaks TLS, which ends at a proxy, so that this machine's own is enough for most. */
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly took: (kind: string, delivery: Delivery) => void;
}

/**
 * Events and interactions by HTTP, each signed by Slack:
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export class HttpEvents {
  readonly #options: HttpOptions;
  readonly #server: Server;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#take(request, response).catch(() => answer(response, 500));
    });
    this.#server.on("clientError", (_error, socket) => socket.destroy());
    // One that could not be taken, for want of file descriptors: without a listener it would end the process.
    this.#server.on("error", () => {});
  }

  async open(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) =>
        reject(
          new BotError(
            "not_connected",
            `[input-slack] slack_port ${port} cannot be listened on at slack_host ${host}: ${error.message}`,
          ),
        ),
      );
      this.#server.listen(port, host, resolve);
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return answer(response, 405);
    const raw = await bodyOf(request);
    if (!raw) return answer(response, 413);
    if (!isSigned(request, raw, this.#options.secret)) return answer(response, 401);
    const body = read(request, raw);
    if (!body) return answer(response, 400);
    if (body.type === "url_verification")
      return answer(response, 200, typeof body.challenge === "string" ? body.challenge : "");
    const late = setTimeout(() => answer(response, 503), PATIENCE);
    response.on("close", () => clearTimeout(late));
    const retry = Number(request.headers["x-slack-retry-num"]);
    this.#options.took(body.type === "event_callback" ? "events_api" : "interactive", {
      body,
      ...(Number.isFinite(retry) && { retry }),
      ack: async () => answer(response, 200),
    });
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    // Read to its end, or the answer would not be read.
    if (size <= LARGEST) chunks.push(chunk as Buffer);
  }
  return size <= LARGEST ? Buffer.concat(chunks) : undefined;
}

/** Whether the secret's holder signed it, now: the library's own check lets any time to come pass. */
export function isSigned(request: Pick<IncomingMessage, "headers">, raw: Buffer, secret: string): boolean {
  const { "x-slack-request-timestamp": time, "x-slack-signature": given } = request.headers;
  if (typeof time !== "string" || typeof given !== "string" || !/^\d{1,12}$/.test(time)) return false;
  if (Math.abs(Date.now() / 1000 - Number(time)) > SKEW) return false;
  const right = createHmac("sha256", secret).update(`v0:${time}:`).update(raw).digest("hex");
  const [a, b] = [Buffer.from(`v0=${right}`), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function read(request: IncomingMessage, raw: Buffer): Readonly<Record<string, unknown>> | undefined {
  const text = raw.toString("utf8");
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  try {
    const value: unknown = JSON.parse(isForm ? (new URLSearchParams(text).get("payload") ?? "") : text);
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, text = ""): void {
  if (response.writableEnded) return;
  response.writeHead(status, { "content-type": "text/plain" }).end(text);
}
