import { BotError } from "./errors.ts";
import { type Followers, follow } from "./followers.ts";
import type { Change, Entry, ListOptions, Store } from "./store.ts";

interface Row {
  readonly key: string;
  /** JSON: what is read or written is a copy, and nothing but JSON is kept. */
  readonly json: string;
  readonly version: number;
  readonly until: number;
}

/** Rows looked at with each write, to remove those whose time is over. */
const SWEEP = 4;

/** The reference store: everything in one map, gone with the process. `now` is the clock, in milliseconds. */
export function memoryStore(now: () => number = Date.now): Store {
  const rows = new Map<string, Row>();
  const followers: Followers<string> = new Set();
  let sweeper = rows.keys();
  let version = 0;
  let closed = false;

  function live(key: string): Row | undefined {
    const row = rows.get(key);
    if (row && row.until <= now()) rows.delete(key);
    else return row;
  }

  function check({ key, version: expected }: Change): void {
    if (expected === undefined || expected === (live(key)?.version ?? 0)) return;
    throw new BotError("conflict", `[memory] '${key}' was changed by somebody else`, { detail: { key } });
  }

  function apply({ key, value, keep, ttl }: Change): number {
    if (keep) return 0;
    if (value === undefined) rows.delete(key);
    else
      rows.set(key, {
        key,
        json: JSON.stringify(value),
        version,
        until: ttl === undefined ? Infinity : now() + ttl,
      });
    for (const follower of followers) follower(key);
    return value === undefined ? 0 : version;
  }

  // Goes round and round: a key that nobody asks for again would stay for ever.
  function sweep(): void {
    for (let i = 0; i < SWEEP; i++) {
      const { value: key, done } = sweeper.next();
      if (done) sweeper = rows.keys();
      else live(key);
    }
  }

  function open(): void {
    if (closed) throw new BotError("closed", "[memory] the store is closed");
  }

  return {
    async get(key) {
      open();
      return entryOf(live(key));
    },
    async *list(prefix, { after, limit = Infinity, damaged }: ListOptions = {}) {
      open();
      // Nothing here ever is.
      if (damaged) return;
      const keys = [...rows.keys()].filter(
        (key) => key.startsWith(prefix) && (after === undefined || byBytes(key, after) > 0),
      );
      let left = limit;
      for (const key of keys.sort(byBytes)) {
        const entry = entryOf(live(key));
        if (!entry) continue;
        if (left-- <= 0) return;
        yield entry;
      }
    },
    async write(changes) {
      open();
      for (const change of changes) check(change);
      version++;
      sweep();
      return changes.map(apply);
    },
    watch: (prefix, signal) => follow(followers, signal, (key) => key.startsWith(prefix)),
    async close() {
      closed = true;
      rows.clear();
    },
  };
}

function entryOf(row: Row | undefined): Entry | undefined {
  return row && { key: row.key, value: JSON.parse(row.json), version: row.version };
}

// UTF-16 order differs from UTF-8 order above U+FFFF; a database sorts by bytes.
function byBytes(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return surrogateLast(x) - surrogateLast(y);
  }
  return a.length - b.length;
}

function surrogateLast(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
