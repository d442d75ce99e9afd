import { BotError, codeOf, type ErrorCode, messageOf } from "@micro-bot/core";
import { isBotError } from "@micro-bot/kit";

/** go-micro's error record. `code` is an HTTP status, `id` says who made it, `status` is the reason phrase. */
export interface ErrorRecord {
  readonly id: string;
  readonly code: number;
  readonly detail: string;
  readonly status: string;
}

/** Which call an error belongs to. */
export interface Where {
  readonly service: string;
  readonly endpoint: string;
  readonly address?: string;
  /** Who makes this side's errors, default `go.micro.client`. */
  readonly id?: string;
}

const CLIENT = "go.micro.client";
const LONGEST_DETAIL = 4096;
/** Characters of an id or a status. */
const LONGEST_NAME = 256;
/** Characters of an error that are read as a record; go-micro puts errors into a header, which is no longer. */
const LONGEST_RECORD = 64 * 1024;

const codes: Readonly<Record<number, ErrorCode>> = {
  400: "invalid",
  401: "denied",
  403: "denied",
  404: "not_found",
  408: "timeout",
  409: "conflict",
  429: "limited",
  499: "cancelled",
};

const statuses: Partial<Record<ErrorCode, number>> = {
  invalid: 400,
  denied: 403,
  not_found: 404,
  timeout: 408,
  conflict: 409,
  limited: 429,
  cancelled: 499,
};

// The reason phrases of Go's net/http, which go-micro writes. Node's table is not used: it brings all of node:http along.
const phrases: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

// What go-micro's servers write, on every wire, when they do not serve what was asked.
const NOT_SERVED = /^(rpc: can't find (service|method)|unknown (service|method)) /;

export function record(id: string, code: number, detail: string): ErrorRecord {
  return {
    id: id.slice(0, LONGEST_NAME),
    code,
    detail: detail.slice(0, LONGEST_DETAIL),
    status: phrases[code] ?? "",
  };
}

/** The record in an error's text: its JSON, or plain words, which go-micro means as an error of code `fallback`. */
export function recordOf(text: string, fallback = 500): ErrorRecord {
  const read = objectIn(text);
  if (!read) return record(CLIENT, fallback, text || "unspecified error");
  const code = Number.isInteger(read.code) && read.code !== 0 ? (read.code as number) : fallback;
  const made = record(stringOf(read.id), code, stringOf(read.detail));
  return { ...made, status: stringOf(read.status).slice(0, LONGEST_NAME) || made.status };
}

/** What the other side answered, as an error with `detail` = the record, the address, and the answer's own `text`. */
export function remoteError(where: Where, text: string, fallback?: number): BotError {
  const found = recordOf(text, fallback);
  const words = found.detail || found.status || "unspecified error";
  const code = NOT_SERVED.test(words) ? "not_found" : (codes[found.code] ?? "failed");
  return errorAt(where, code, found, words, { text: text.slice(0, LONGEST_DETAIL) });
}

/**
 * What went wrong on this side. `detail.sent` is false when the node certainly never got the request,
 * so that sending it elsewhere cannot do it twice.
 */
export function localError(
  where: Where,
  code: number,
  words: string,
  more: { sent?: boolean; cause?: unknown } = {},
): BotError {
  const extra = { sent: more.sent ?? true };
  return errorAt(
    where,
    codes[code] ?? "failed",
    record(where.id ?? CLIENT, code, words),
    words,
    extra,
    more.cause,
  );
}

/** A handler's failure as the record its caller gets; undefined for what is no `BotError`: a bug, whose words stay here. */
export function recordFrom(error: unknown, service: string): ErrorRecord | undefined {
  if (!isBotError(error)) return undefined;
  const { id, code, detail } = error.detail ?? {};
  const status = typeof code === "number" ? code : (statuses[codeOf(error)] ?? 500);
  return record(
    typeof id === "string" ? id : service,
    status,
    typeof detail === "string" ? detail : messageOf(error),
  );
}

function errorAt(
  where: Where,
  code: ErrorCode,
  found: ErrorRecord,
  words: string,
  extra: Record<string, unknown>,
  cause?: unknown,
): BotError {
  return new BotError(code, `${where.service} ${where.endpoint}: ${words}`, {
    ...(cause === undefined ? {} : { cause }),
    detail: { ...found, ...(where.address === undefined ? {} : { address: where.address }), ...extra },
  });
}

function objectIn(text: string): Record<string, unknown> | undefined {
  if (text.length > LONGEST_RECORD) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return "code" in value || "detail" in value ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
