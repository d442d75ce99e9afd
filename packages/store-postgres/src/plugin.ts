import {
  BotError,
  type Change,
  damagedRow,
  type Entry,
  type ListOptions,
  type OpenStore,
  type Store,
} from "@micro-bot/core";
import { type Connections, newConnections } from "./connections.ts";
import { checkKey, endOf } from "./keys.ts";
import { type Listener, newListener } from "./listener.ts";
import { migrate } from "./schema.ts";
import { settingsOf } from "./settings.ts";

const CONNECTIONS = 8;
const PAGE = 100;
/** A thousand years, in milliseconds: what is longer than a timestamp can say is for good. */
const LONGEST_TTL = 3e13;

const ALIVE = "value IS NOT NULL AND (expires IS NULL OR expires > now())";
const WHOLE = "micro_bot_whole(e)";
const ROW = `SELECT key, value, version, ${WHOLE} AS whole FROM micro_bot_entry e`;
// What is damaged is found, also when it looks deleted or over.
const SEEN = `(${ALIVE} OR NOT ${WHOLE})`;
const RANGE = "key >= $1 AND ($2::text IS NULL OR key < $2) AND ($3::text IS NULL OR key > $3)";
const GET = `${ROW} WHERE key = $1 AND ${SEEN}`;
const LIST = `${ROW} WHERE ${RANGE} AND ${SEEN} ORDER BY key LIMIT $4`;
const DAMAGED = `${ROW} WHERE ${RANGE} AND NOT ${WHOLE} ORDER BY key LIMIT $4`;
const WRITE = "SELECT written, lost FROM micro_bot_write($1, $2, $3, $4, $5)";

interface Row {
  readonly key: string;
  readonly value: string | null;
  readonly version: string;
  readonly whole: boolean;
}

/**
 * Opens the store at `postgres://user:password@host/database`, and makes its tables where they are missing. Rejects with
 * `config` when the URL, the user or the tables are wrong, with `not_connected` when nobody answers.
 */
export const openPostgres: OpenStore = async (url, { log }) => {
  const { Client, Pool } = await import("pg");
  const settings = settingsOf(url, log, Client);
  const connections = newConnections(new Pool({ ...settings.config, max: CONNECTIONS }), settings);
  try {
    await connections.read(migrate);
    const since = await connections.read(async (client) => {
      const { rows } = await client.query<Row>("SELECT version FROM micro_bot_store");
      return Number(rows[0]!.version);
    });
    log.debug({ where: settings.where }, "the store is open");
    return newStore(
      connections,
      newListener(() => new Client(settings.config), since, settings),
    );
  } catch (error) {
    await connections.close();
    throw error;
  }
};

function newStore(connections: Connections, listener: Listener): Store {
  function page(sql: string, prefix: string, after: string | undefined, limit: number): Promise<Entry[]> {
    const values = [prefix, endOf(prefix), after, limit];
    return connections.read(async (client) => (await client.query<Row>(sql, values)).rows.map(entryOf));
  }

  async function find(key: string): Promise<Entry | undefined> {
    const { rows } = await connections.read((client) => client.query<Row>(GET, [key]));
    const entry = rows[0] && entryOf(rows[0]);
    if (entry?.damaged !== undefined) throw damagedRow("postgres", entry);
    return entry;
  }

  return {
    async get(key) {
      checkKey(key);
      return find(key);
    },
    async *list(prefix, { after, limit = Infinity, damaged }: ListOptions = {}) {
      for (const key of [prefix, after ?? ""]) checkKey(key);
      let last = after;
      for (let left = limit; left > 0; ) {
        const size = Math.min(left, PAGE);
        const entries = await page(damaged ? DAMAGED : LIST, prefix, last, size);
        yield* entries;
        if (entries.length < size) return;
        last = entries.at(-1)!.key;
        left -= size;
      }
    },
    async write(changes) {
      for (const { key } of changes) checkKey(key);
      const values = columnsOf(changes);
      const { rows } = await connections.write((client) =>
        client.query<{ written: string; lost: string | null }>(WRITE, values),
      );
      const { written, lost: key } = rows[0]!;
      if (key === null) return changes.map(({ value }) => (value === undefined ? 0 : Number(written)));
      // Throws when it is damaged.
      await find(key);
      throw new BotError("conflict", `[postgres] '${key}' was changed by somebody else`, { detail: { key } });
    },
    watch: (prefix, signal) => listener.follow(prefix, signal),
    async close() {
      await Promise.all([listener.close(), connections.close()]);
    },
  };
}

// JSON as text: jsonb has no place for a NUL in a string.
function columnsOf(changes: readonly Change[]): unknown[][] {
  return [
    changes.map(({ key }) => key),
    changes.map(({ value }) => (value === undefined ? null : JSON.stringify(value))),
    changes.map(({ version }) => version ?? null),
    changes.map(({ ttl }) => (ttl === undefined ? null : Math.min(ttl, LONGEST_TTL))),
    changes.map(({ keep }) => keep === true),
  ];
}

function entryOf({ key, value, version, whole }: Row): Entry {
  if (whole)
    try {
      return { key, value: JSON.parse(value!), version: Number(version) };
    } catch {
      // Written by somebody's hand.
    }
  return { key, value: null, version: Number(version), damaged: value ?? "" };
}
