import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer, Args } from "./workspace.ts";

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
  "chat.postEphemeral": ["channel", "user", "text", "thread_ts"],
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

export interface WebApiOptions {
  readonly methods: Readonly<Record<string, (args: Args) => Answer>>;
  readonly uploads: ReadonlyMap<string, { data: string }>;
  /** The token that a method asks for. */
  readonly tokenOf: (method: string) => string;
  readonly violations: string[];
}

/** The Web API's HTTP: methods by name, strict about what the bot may ask, in trouble when told so. */
export class WebApi {
  readonly calls: string[] = [];
  readonly #options: WebApiOptions;
  readonly #troubles = new Map<string, Trouble[]>();

  constructor(options: WebApiOptions) {
    this.#options = options;
  }

  trouble(method: string, all: readonly Trouble[]): void {
    this.#troubles.set(method, [...(this.#troubles.get(method) ?? []), ...all]);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, kind = "", name = ""] = (request.url ?? "").split("/");
    if (kind === "upload") {
      const upload = this.#options.uploads.get(name);
      if (upload) upload.data = fileIn(body, request.headers["content-type"] ?? "");
      response.writeHead(200).end("OK");
      return;
    }
    const args = Object.fromEntries(new URLSearchParams(body.toString()));
    const trouble = this.#takeTrouble(name, args);
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
    const answer = typeof trouble === "object" ? { ok: false, ...trouble } : this.#call(name, args, request);
    if (trouble === "lose") {
      request.socket.destroy();
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }

  #takeTrouble(name: string, args: Args): Trouble | undefined {
    const all = this.#troubles.get(name) ?? [];
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

  #call(name: string, args: Args, request: IncomingMessage): Answer {
    const { methods, tokenOf, violations } = this.#options;
    this.calls.push(name);
    const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
    if (!known) {
      violations.push(`a method that is not known: ${name}`);
      return { ok: false, error: "unknown_method" };
    }
    for (const key of Object.keys(args))
      if (!known.includes(key) && key !== "token") violations.push(`${name} has no argument ${key}`);
    if (request.headers.authorization !== `Bearer ${tokenOf(name)}`)
      return { ok: false, error: "invalid_auth" };
    return methods[name]!(args);
  }
}

// multipart/form-data of one file: RFC 7578. Plain bytes otherwise.
function fileIn(body: Buffer, type: string): string {
  const boundary = /boundary=(.+)$/.exec(type)?.[1];
  const text = body.toString("utf8");
  if (boundary === undefined) return text;
  const start = text.indexOf("\r\n\r\n") + 4;
  return text.slice(start, text.indexOf(`\r\n--${boundary}`, start));
}
