import { remoteError } from "./errors.ts";
import { textOfHeader } from "./header.ts";
import type { HttpAnswer, Pool } from "./pool.ts";
import { replies } from "./replies.ts";
import { microHeaders, type Outgoing, type Reading, reading, type Wire, type WireOptions } from "./wire.ts";

/** Ends a stream, in either direction. */
export const EOS = "EOS";

/** The wire of nodes with `protocol=mucp`: everything about the call in headers, the bare JSON in the body. */
export function mucp(pool: Pool, options: WireOptions): Wire {
  return {
    call(out) {
      return pool.post(out, headersOf(out), out.body, (answer) => read(out, answer));
    },
    stream(out) {
      return replies(out, options, headersOf(out), out.body, (answer) => readNext(out, answer));
    },
  };
}

function headersOf(out: Outgoing): string[] {
  return microHeaders(out, "application/json");
}

/** The answer's JSON. Every other header is left alone: servers echo those of the connection's first request. */
export function read(out: Outgoing, answer: HttpAnswer): Reading {
  const error = errorIn(answer);
  if (error !== undefined) throw remoteError(out, error);
  checkPlain(out, answer);
  return reading(out, answer.body);
}

function readNext(out: Outgoing, answer: HttpAnswer): Reading | undefined {
  return errorIn(answer) === EOS ? undefined : read(out, answer);
}

/** Throws for answers that no go-micro handler gave: another HTTP status, or plain text. */
export function checkPlain(out: Outgoing, { status, headers, body }: HttpAnswer): void {
  if (status !== 200) throw remoteError(out, body.trim() || `HTTP status ${status}`, status);
  const type = first(headers["content-type"]) ?? "";
  if (type.startsWith("text/") && !startsAsJson(body)) throw remoteError(out, body.trim() || "an empty page");
}

function errorIn({ headers }: HttpAnswer): string | undefined {
  const value = first(headers["micro-error"]) || first(headers["x-micro-error"]);
  return value ? textOfHeader(value) : undefined;
}

function first(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function startsAsJson(body: string): boolean {
  return /^\s*[[{"]/.test(body);
}
