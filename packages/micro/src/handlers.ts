import type { IncomingHttpHeaders } from "node:http";
import type { Counter } from "./debug.ts";
import { localError } from "./errors.ts";
import type { Asked, Form } from "./forms.ts";
import { textOfHeader } from "./header.ts";

/** What a handler may use. */
export interface HandlerContext {
  readonly endpoint: string;
  /** The request's own text, where numbers have all their digits. */
  readonly raw: string;
  /** The request's headers, less those of the protocol. Names are lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Aborts when the time is up, the caller has gone, or the service stops. */
  readonly signal: AbortSignal;
}

/**
 * Serves one endpoint. What it throws as `BotError` the caller gets as an error record: `detail.code` (an HTTP status)
 * and `detail.id` where they are given, else a code that fits. Anything else thrown is a bug: it is logged, and
 * the caller is told no more than that.
 */
export type Handler = {
  // Written as a method, so that a handler may state its request's shape, which only it knows.
  serve(request: unknown, ctx: HandlerContext): unknown;
}["serve"];

const HIDDEN = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "host",
  "timeout",
  "transfer-encoding",
]);

/** go-micro's own endpoints, on every service: alive, and how busy. */
export function debugHandlers(counter: Counter): Record<string, Handler> {
  return {
    "Debug.Health": () => ({ status: "ok" }),
    "Debug.Stats": () => counter.stats(),
  };
}

/** Finds the handler of an endpoint, or throws go-micro's words for what is missing. */
export function find(handlers: ReadonlyMap<string, Handler>, { endpoint }: Asked, form: Form): Handler {
  const handler = handlers.get(endpoint);
  if (handler) return handler;
  const dot = endpoint.lastIndexOf(".");
  if (dot < 0) throw new Unserved(form.unknown.illFormed(endpoint));
  const type = endpoint.slice(0, dot);
  const known = [...handlers.keys()].some((name) => name.startsWith(`${type}.`));
  throw new Unserved(
    known ? form.unknown.method(endpoint, endpoint.slice(dot + 1)) : form.unknown.type(endpoint, type),
  );
}

/** Goes to the caller as plain words, not as a record: that is how go-micro's clients know it. */
export class Unserved extends Error {
  override readonly name = "Unserved";
}

export function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (HIDDEN.has(name) || value === undefined) continue;
    metadata[name] = textOfHeader(String(value));
  }
  return metadata;
}

/** The time a caller gives: `Timeout` in nanoseconds, no longer than `most` milliseconds. */
export function timeOf(headers: IncomingHttpHeaders, most: number): number {
  const asked = Number(headers.timeout) / 1e6;
  return asked > 0 ? Math.min(asked, most) : most;
}

/** What a streaming request gets: the answers of one request are one answer here. */
export function refuseStream(service: string, endpoint: string, headers: IncomingHttpHeaders): void {
  if (headers["micro-stream"] === undefined) return;
  throw localError({ service, endpoint, id: service }, 501, "streams are not served here");
}
