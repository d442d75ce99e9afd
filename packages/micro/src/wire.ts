import type { ConnectionOptions } from "node:tls";
import type { BotError } from "@micro-bot/core";
import { jsonExcess } from "@micro-bot/kit";
import { type HostPort, hostPort } from "./address.ts";
import { localError, type Where } from "./errors.ts";
import { headerText } from "./header.ts";
import { MAX_DEPTH } from "./json.ts";

/** One request on its way to one node. */
export interface Outgoing extends Where {
  readonly address: string;
  /** JSON text. */
  readonly body: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds the node is told it has. */
  readonly timeout: number;
  /** Bytes of one answer. */
  readonly maxAnswer: number;
  /** Values in one answer's JSON. */
  readonly maxValues: number;
  /** Aborts with the error to fail with. */
  readonly signal: AbortSignal;
}

/** One way to speak to a node. Answers are JSON text, checked; failures are `BotError`s, see errors.ts. */
export interface Wire {
  call(out: Outgoing): Promise<Reading>;
  stream(out: Outgoing): AsyncIterable<Reading>;
}

/** An answer's JSON, as text and parsed. */
export interface Reading {
  readonly raw: string;
  readonly value: unknown;
}

/** Limits and TLS of connections to nodes. */
export interface WireOptions {
  readonly connections: number;
  readonly idleTimeout: number;
  readonly connectTimeout: number;
  readonly tls?: ConnectionOptions;
}

/** Where the request goes, or an error that names the address. */
export function targetOf(out: Outgoing): HostPort {
  const target = hostPort(out.address);
  if (target) return target;
  throw localError(out, 500, `the node's address '${out.address}' is not host:port`, { sent: false });
}

/**
 * An answer's body as JSON. What is none, or too much, is the node's fault, and said so: before anything is made of it,
 * since parsing and laying out a few bytes may take a thousand times their time and room.
 */
export function reading(out: Outgoing, body: string): Reading {
  const raw = body.trim();
  const excess = jsonExcess(raw, { depth: MAX_DEPTH, values: out.maxValues });
  if (excess) throw localError(out, 502, `the answer ${excess}`);
  try {
    return { raw, value: JSON.parse(raw) as unknown };
  } catch (cause) {
    const what = raw === "" ? "is empty" : `is not JSON: ${JSON.stringify(raw.slice(0, 80))}`;
    throw localError(out, 502, `the answer ${what}`, { cause });
  }
}

/** The answer goes on beyond what is taken of one. */
export function tooLong(out: Outgoing): BotError {
  return localError(out, 502, `the answer is longer than ${out.maxAnswer} bytes`);
}

/** Headers that both JSON forms send (name, value, name, value …). `Timeout` is in nanoseconds, as in Go. */
export function microHeaders(out: Outgoing, type: string): string[] {
  const endpoint = headerText(out.endpoint);
  const headers = [
    "content-type",
    type,
    "accept",
    type,
    "micro-endpoint",
    endpoint,
    "micro-method",
    endpoint,
    "micro-service",
    headerText(out.service),
    "timeout",
    nanoseconds(out.timeout),
  ];
  for (const name in out.metadata) headers.push(name, headerText(out.metadata[name]!));
  return headers;
}

export function nanoseconds(ms: number): string {
  return `${Math.ceil(ms)}000000`;
}
