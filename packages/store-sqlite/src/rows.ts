import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BotError, type Change, damagedRow, type Entry, type Json } from "@micro-bot/core";
import { checksum, isWhole, type Row } from "./checksum.ts";

/** How long a deleted key is remembered for watchers in other processes, in milliseconds. */
const MEMORY = 10_000;

/** A `Change` as the file keeps it. */
export interface RowChange {
  readonly name: string;
  readonly key: Uint8Array;
  /** JSON; null: deleted; undefined: kept. */
  readonly value: string | null | undefined;
  readonly expected: number | undefined;
  /** Milliseconds since 1970; null: for good. */
  readonly until: number | null;
}

/** The statements that the store needs, each prepared once. None is left open between two calls. */
export interface Rows {
  /** Throws `damaged`. */
  get(key: string): Entry | undefined;
  /** Entries from one key's bytes up to, but not including, another's. */
  page(from: Uint8Array, to: Uint8Array, limit: number): Entry[];
  /** Damaged rows among so many with a higher version; `last` is absent when there are no more to look at. */
  damaged(after: number, limit: number): { entries: Entry[]; last: number | undefined };
  /** Why the changes cannot be made: `conflict` or `damaged`. */
  objection(changes: readonly RowChange[]): BotError | undefined;
  /** The new version of each key, 0 for what was deleted or kept. */
  apply(changes: readonly RowChange[]): number[];
  /** Removes at most so many rows whose time is over. */
  sweep(limit: number): void;
  /** Keys written or deleted after a version, and the last version now. */
  since(version: number): { keys: string[]; last: number };
  last(): number;
}

const ROW = "SELECT key, value, version, until, crc FROM entries WHERE";
const WHOLE = "whole(key, value, version, until, crc)";
// What is damaged is listed, also when it looks deleted or over.
const SEEN = `((value IS NOT NULL AND (until IS NULL OR until > ?)) OR NOT ${WHOLE})`;

export function rowsOf(db: DatabaseSync): Rows {
  const read = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  const byKey = read(`${ROW} key = ?`);
  const byVersion = read(`${ROW} version = ?`);
  const page = read(`${ROW} key >= ? AND key < ? AND ${SEEN} ORDER BY key LIMIT ?`);
  const scan = read(`${ROW} version > ? ORDER BY version LIMIT ?`);
  const put = db.prepare(
    "INSERT OR REPLACE INTO entries (key, value, version, until, crc) VALUES (?, ?, ?, ?, ?)",
  );
  const drop = db.prepare("DELETE FROM entries WHERE version = ?");
  const sweep = db.prepare(
    `DELETE FROM entries WHERE version IN (SELECT version FROM entries WHERE until <= ? AND ${WHOLE} ORDER BY until LIMIT ?)`,
  );
  // A version above those that a number holds is damage: no other is to follow on it.
  const held = `<= ${Number.MAX_SAFE_INTEGER}`;
  const since = read(
    `SELECT key, version FROM entries WHERE version > ? AND version ${held} ORDER BY version`,
  );
  const last = read(`SELECT max(version) AS version FROM entries WHERE version ${held}`);
  // AUTOINCREMENT's own count: it never falls, also when the newest row is deleted.
  const given = read(
    `SELECT max(seq) AS version FROM sqlite_sequence WHERE name = 'entries' AND seq ${held}`,
  );

  function rowOf(key: Uint8Array): Row | undefined {
    return byKey.get(key) as Row | undefined;
  }

  /** The row that a change is about. One whose key is damaged is known by its version and what is left of the key. */
  function target({ name, key, expected }: RowChange): Row | undefined {
    const row = rowOf(key);
    if (row || !expected) return row;
    const other = byVersion.get(expected) as Row | undefined;
    return other && !isWhole(other) && decodeKey(other.key) === name ? other : undefined;
  }

  function objectionTo(change: RowChange): BotError | undefined {
    const { name, expected, value } = change;
    if (expected === undefined) return undefined;
    const row = target(change);
    const entry = row && entryOf(row);
    if (expected === (entry?.version ?? 0) && !(entry?.damaged !== undefined && value === undefined))
      return undefined;
    if (entry?.damaged !== undefined) return damagedRow("sqlite", entry);
    const why = `[sqlite] '${name}' was changed by somebody else`;
    return new BotError("conflict", why, { detail: { key: name } });
  }

  function write(key: Uint8Array, value: string | null, version: number, until: number | null): void {
    put.run(key, value, version, until, checksum(key, value, version, until));
  }

  function apply({ key, value, until, expected }: RowChange, version: number): number {
    if (value === undefined) return 0;
    // By now nothing but a row whose key is damaged can be under that version: see `target`.
    const misplaced = expected ? (byVersion.get(expected) as Row | undefined) : undefined;
    if (misplaced && !isWhole(misplaced)) drop.run(expected!);
    if (value !== null) write(key, value, version, until);
    else if (isThere(rowOf(key))) write(key, null, version, Date.now() + MEMORY);
    return value === null ? 0 : version;
  }

  function next(): number {
    return Math.max(versionOf(given), versionOf(last)) + 1;
  }

  return {
    get(key) {
      const row = rowOf(encodeKey(key));
      const entry = row && entryOf(row);
      if (entry?.damaged !== undefined) throw damagedRow("sqlite", entry);
      return entry;
    },
    page: (from, to, limit) =>
      page.all(from, to, Date.now(), limit).flatMap((row) => entryOf(row as unknown as Row) ?? []),
    damaged(after, limit) {
      const rows = scan.all(after, limit) as unknown as Row[];
      return {
        entries: rows.flatMap((row) => entryOf(row) ?? []).filter((entry) => entry.damaged !== undefined),
        last: rows.length < limit ? undefined : Number(rows.at(-1)!.version),
      };
    },
    objection(changes) {
      for (const change of changes) {
        const found = objectionTo(change);
        if (found) return found;
      }
      return undefined;
    },
    apply(changes) {
      const first = next();
      return changes.map((change, at) => apply(change, first + at));
    },
    sweep: (limit) => void sweep.run(Date.now(), limit),
    since(after) {
      const rows = since.all(after);
      return { keys: rows.map(({ key }) => decodeKey(key)), last: Number(rows.at(-1)?.version ?? after) };
    },
    last: () => versionOf(last),
  };
}

/** Takes a copy of the change. Throws `invalid` for a key or value that would not be read back the same. */
export function encodeChange({ key, value, keep, version, ttl }: Change): RowChange {
  return {
    name: key,
    key: encodeKey(key),
    value: keep ? undefined : value === undefined ? null : encodeValue(key, value),
    expected: version,
    until: ttl === undefined || ttl === Infinity ? null : Math.ceil(Date.now() + ttl),
  };
}

export function encodeKey(key: string): Uint8Array {
  if (!key.isWellFormed())
    throw new BotError("invalid", `[sqlite] the key ${JSON.stringify(key)} holds half a character`);
  return Buffer.from(key);
}

/** What can be read of a key: all of it, unless it is damaged. */
export function decodeKey(key: unknown): string {
  return key instanceof Uint8Array ? Buffer.from(key).toString() : String(key);
}

function encodeValue(key: string, value: Json): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new BotError("invalid", `[sqlite] the value of '${key}' is no JSON`, { cause });
  }
}

/** The entry of a row, marked when it is damaged; undefined when it was deleted or its time is over. */
function entryOf(row: Row): Entry | undefined {
  if (!isWhole(row)) return remains(row);
  if (row.value === null || (row.until !== null && Number(row.until) <= Date.now())) return undefined;
  try {
    const value = JSON.parse(row.value as string) as Json;
    return { key: decodeKey(row.key), value, version: Number(row.version) };
  } catch {
    // It was no JSON when it was given a checksum: a file of an older version, or somebody's hand.
    return remains(row);
  }
}

function remains({ key, value, version }: Row): Entry {
  const damaged = value instanceof Uint8Array ? decodeKey(value) : String(value ?? "");
  return { key: decodeKey(key), value: null, version: Number(version), damaged };
}

function isThere(row: Row | undefined): boolean {
  return row !== undefined && (row.value !== null || !isWhole(row));
}

function versionOf(statement: StatementSync): number {
  return Number(statement.get()?.version ?? 0);
}
