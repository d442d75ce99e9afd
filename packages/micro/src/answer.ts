import type { IncomingMessage, ServerResponse } from "node:http";
import { BotError, type Log, messageOf } from "@micro-bot/core";
import { bodyOf } from "./body.ts";
import type { Counter } from "./debug.ts";
import { record, recordFrom } from "./errors.ts";
import { type Asked, type Form, formOf, type Reply, unsupported } from "./forms.ts";
import { find, type Handler, metadataOf, refuseStream, timeOf, Unserved } from "./handlers.ts";
import { MAX_DEPTH, writeJson } from "./json.ts";
import { type Limit, limit, within } from "./limit.ts";

export interface AnswerOptions {
  readonly name: string;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly counter: Counter;
  readonly timeout: number;
  readonly maxRequest: number;
  readonly maxValues: number;
  readonly maxRequests: number;
  readonly log?: Log;
}

/** Answers calls, in the form they came in. Resolves when the answer is on its way; never rejects. */
export function answerer(
  options: AnswerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { name, counter, log } = options;
  let running = 0;

  async function run(asked: Asked, form: Form, request: IncomingMessage, time: Limit): Promise<string> {
    refuseStream(name, asked.endpoint, request.headers);
    const handler = find(options.handlers, asked, form);
    if (running >= options.maxRequests)
      throw new BotError("limited", `${name} already works on ${running} requests: try again later`);
    running++;
    const ctx = {
      endpoint: asked.endpoint,
      raw: asked.raw,
      metadata: metadataOf(request.headers),
      signal: time.signal,
    };
    // Counted until the handler itself ends, which may be after its caller was told that time is up.
    const work = (async () => handler(asked.value, ctx))().finally(() => running--);
    return writeJson((await within(time.signal, work)) ?? {});
  }

  /** The error as its caller reads it. */
  function errorText(error: unknown, endpoint: string): string {
    if (error instanceof Unserved) return error.message;
    const found = recordFrom(error, name);
    if (found) return JSON.stringify(found);
    log?.error({ service: name, endpoint, error: messageOf(error) }, "a handler failed");
    return JSON.stringify(record(name, 500, "the handler failed"));
  }

  async function reply(form: Form, request: IncomingMessage, time: Limit): Promise<Reply> {
    let asked: Asked | undefined;
    try {
      const body = await within(time.signal, bodyOf(request, options.maxRequest));
      asked = form.read(request.headers, body, { depth: MAX_DEPTH, values: options.maxValues });
      return form.answer(asked, await run(asked, form, request, time));
    } catch (error) {
      counter.error();
      return form.refuse(asked, errorText(error, asked?.endpoint ?? ""));
    }
  }

  return async (request, response) => {
    counter.request();
    const form = formOf(request.headers);
    if (!form) return send(request, response, unsupported(request.headers));
    const where = { service: name, endpoint: request.url ?? "", id: name };
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const time = limit(where, timeOf(request.headers, options.timeout), gone.signal);
    try {
      send(request, response, await reply(form, request, time));
    } finally {
      time.end();
    }
  };
}

/** A body that was not read to its end cannot be followed by another request: the connection is closed then. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  { headers, body }: Reply,
  status = 200,
): void {
  const whole = request.complete;
  response.writeHead(status, {
    ...headers,
    "Content-Length": Buffer.byteLength(body),
    ...(whole ? {} : { Connection: "close" }),
  });
  response.end(body, () => {
    if (!whole) request.destroy();
  });
}
