import type { DatabaseSync } from "node:sqlite";
import { BotError, type Change, type Entry, type Json } from "@micro-bot/core";

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
  get(key: string): Entry | undefined;
  /** Entries from one key's bytes up to, but not including, another's. */
  page(from: Uint8Array, to: Uint8Array, limit: number): Entry[];
  /** The name of the first key that has not the version expected. */
  conflict(changes: readonly RowChange[]): string | undefined;
  /** The new version of each key, 0 for what was deleted or kept. */
  apply(changes: readonly RowChange[]): number[];
  /** Removes at most so many rows whose time is over. */
  sweep(limit: number): void;
  /** Keys written or deleted after a version, and the last version now. */
  since(version: number): { keys: string[]; last: number };
  last(): number;
}

const LIVE = "value IS NOT NULL AND (until IS NULL OR until > ?)";

export function rowsOf(db: DatabaseSync): Rows {
  const get = db.prepare(`SELECT key, value, version FROM entries WHERE key = ? AND ${LIVE}`);
  const page = db.prepare(
    `SELECT key, value, version FROM entries WHERE key >= ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`,
  );
  const version = db.prepare(`SELECT version FROM entries WHERE key = ? AND ${LIVE}`);
  const put = db.prepare("INSERT OR REPLACE INTO entries (key, value, until) VALUES (?, ?, ?)");
  const bury = db.prepare(
    "INSERT OR REPLACE INTO entries (key, until) SELECT key, ? FROM entries WHERE key = ? AND value IS NOT NULL",
  );
  const sweep = db.prepare(
    "DELETE FROM entries WHERE version IN (SELECT version FROM entries WHERE until <= ? ORDER BY until LIMIT ?)",
  );
  const since = db.prepare("SELECT key, version FROM entries WHERE version > ? ORDER BY version");
  const last = db.prepare("SELECT max(version) AS version FROM entries");

  function apply({ key, value, until }: RowChange): number {
    if (value === undefined) return 0;
    if (value !== null) return Number(put.run(key, value, until).lastInsertRowid);
    bury.run(Date.now() + MEMORY, key);
    return 0;
  }

  return {
    get(key) {
      const row = get.get(encodeKey(key), Date.now());
      return row && entryOf(row);
    },
    page: (from, to, limit) => page.all(from, to, Date.now(), limit).map(entryOf),
    conflict: (changes) =>
      changes.find(
        ({ key, expected }) =>
          expected !== undefined && expected !== Number(version.get(key, Date.now())?.version ?? 0),
      )?.name,
    apply: (changes) => changes.map(apply),
    sweep: (limit) => void sweep.run(Date.now(), limit),
    since(after) {
      const rows = since.all(after);
      return { keys: rows.map(({ key }) => decodeKey(key)), last: Number(rows.at(-1)?.version ?? after) };
    },
    last: () => Number(last.get()?.version ?? 0),
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

function decodeKey(key: unknown): string {
  return Buffer.from(key as Uint8Array).toString();
}

function encodeValue(key: string, value: Json): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new BotError("invalid", `[sqlite] the value of '${key}' is no JSON`, { cause });
  }
}

function entryOf({ key, value, version }: Record<string, unknown>): Entry {
  return { key: decodeKey(key), value: JSON.parse(value as string) as Json, version: Number(version) };
}
