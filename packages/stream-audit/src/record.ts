import type { Json, Rows } from "@micro-bot/core";
import { canonicalJson } from "@micro-bot/kit";

/**
 * What a record tells.
 * `asked`: before a command, an answer or `cancel` is let in; a run taken up again after a crash is asked again.
 * `done`, `failed`, `refused`, `left`: what came of it; `refused` never began, `left` goes on in another process or was
 * stopped by a stream that answered for it.
 * `unknown`: said to the bot, but no command. `interrupted`: cut by a crash, outcome unknown.
 * `sent`: handed over to another place; `unsent`: the network did not take it.
 * `changed`: something that decides is another now, as the file of rules; `what` names it.
 * `cut`: older records were removed. `mended`: the head could not be read, and the chain goes on after its last record.
 */
export type Kind =
  | "asked"
  | "done"
  | "failed"
  | "refused"
  | "left"
  | "unknown"
  | "interrupted"
  | "sent"
  | "unsent"
  | "changed"
  | "cut"
  | "mended";

/** A place in the chain: a record's number and hash. */
export interface Place {
  readonly seq: number;
  readonly hash: string;
}

/** What is told of one thing that happened. Secrets are hidden already. */
export interface Facts {
  readonly kind: Kind;
  /** The turn's id, the same in log lines and errors. */
  readonly run?: string;
  /** The event's id: of a job's, `job ID TIME`. */
  readonly event?: string;
  /** Who it was, as `input:person`. */
  readonly account?: string;
  /** Their name in the access file. */
  readonly person?: string;
  readonly assurance?: number;
  readonly room?: string;
  /** What the event turned out to be, where that is no command. */
  readonly what?: string;
  readonly command?: string;
  /** As typed. */
  readonly text?: string;
  /** Of a text that was cut for the record: the characters it had. */
  readonly length?: number;
  /** The rule that decided. */
  readonly rule?: Json;
  /** Who approved, or that nobody did. */
  readonly approval?: Json;
  /** Milliseconds from `asked` to here. */
  readonly ms?: number;
  /** The code and the words of what went wrong. */
  readonly code?: string;
  readonly message?: string;
  /** Of what was sent: where from, where to. */
  readonly from?: string;
  readonly to?: string;
  /** Of a `cut`: the last record that was removed. */
  readonly upTo?: Place;
}

/** One link of the chain. */
export interface AuditRecord extends Facts, Place {
  /** Milliseconds since 1970, by the clock of the bot that wrote it. Order is `seq`, not time. */
  readonly at: number;
  /** The hash of the record before. */
  readonly prev: string;
}

/** Before the first record. */
export const GENESIS: Place = { seq: 0, hash: "0".repeat(64) };

/** The record that follows a place. */
export function seal(facts: Facts, at: number, { seq, hash }: Place): AuditRecord {
  const body = { ...facts, at, seq: seq + 1 };
  return { ...body, prev: hash, hash: hashOf(hash, body) };
}

/** Whether the record is as it was sealed. */
export function isSealed({ prev, hash, ...body }: AuditRecord): boolean {
  return hashOf(prev, body) === hash;
}

/** A value of the store, as a record; undefined when it is none. */
export function recordOf(value: Json | undefined): AuditRecord | undefined {
  if (!isPlace(value)) return undefined;
  const { at, prev, kind } = value as unknown as AuditRecord;
  const whole = Number.isSafeInteger(at) && typeof prev === "string" && typeof kind === "string";
  return whole ? (value as unknown as AuditRecord) : undefined;
}

/** A value of the store, as a place in the chain. */
export function isPlace(value: Json | undefined): value is Json & Place {
  const { seq, hash } = (value ?? {}) as Partial<Place>;
  return Number.isSafeInteger(seq) && typeof hash === "string";
}

/** The record as a line of a file. Some readers of lines take more than a newline for the end of one. */
export function lineOf(record: AuditRecord): string {
  const line = canonicalJson(record).replace(/[\u2028\u2029]/gu, (end) =>
    end === "\u2028" ? "\\u2028" : "\\u2029",
  );
  return `${line}\n`;
}

/** Records are kept under their numbers, of one width: then the order of keys is that of numbers. */
export function keyOf(seq: number): string {
  return `${RECORDS}${String(seq).padStart(16, "0")}`;
}

/** What stands in the place of a record or head that could not be read, so that `verify` tells of it. */
const LOST = { lost: true } as const;

export function isLost(value: Json | undefined): boolean {
  return (value as typeof LOST | null | undefined)?.lost === true;
}

/** The rows of the chain. Whether a record is the one that was written is for `verify` to say. */
export const rows: Rows = {
  head: { fits: (value) => isPlace(value) || isLost(value), instead: () => LOST },
  base: { fits: isPlace },
  "record/": { fits: (value) => recordOf(value) !== undefined || isLost(value), instead: () => LOST },
};

export const RECORDS = "record/";
export const HEAD = "head";
/** The last record that was cut from the front; absent: none was. */
export const BASE = "base";

// Loaded with the first record: `micro --help` needs none of it.
let crypto: typeof import("node:crypto") | undefined;

function hashOf(prev: string, body: object): string {
  crypto ??= process.getBuiltinModule("node:crypto");
  return crypto.hash("sha256", prev + canonicalJson(body));
}
