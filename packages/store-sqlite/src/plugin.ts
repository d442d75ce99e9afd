import { statSync } from "node:fs";
import { resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BotError, type ListOptions, type OpenStore, type Store } from "@micro-bot/core";
import { commitsOf } from "./commits.ts";
import { fault } from "./faults.ts";
import { openFile } from "./file.ts";
import { encodeChange, encodeKey, type Rows, rowsOf } from "./rows.ts";
import { pathOf } from "./url.ts";
import { watchOf } from "./watch.ts";

/** Entries read at a time by `list`. */
const PAGE = 64;
/** Rows looked at in one go for damage. */
const SCAN = 500;
const NOUGHT = new Uint8Array(1);
/** Above every key: UTF-8 has no such byte. */
const END: Uint8Array = Uint8Array.of(0xff);

/**
 * A store in one SQLite file. Several processes of one machine may open it. `list` reads 64 entries at a time: an
 * entry that changes while one walks may be given as it was. Throws `config` when the file is not what it should be.
 */
export const sqlite: OpenStore = async (url, { log }) => {
  const path = resolve(pathOf(url));
  const db = await openFile(path, log);
  const rows = rowsOf(db);
  const watch = watchOf(rows);
  const inode = inodeOf(path);
  const commits = commitsOf(db, rows, { path, committed: watch.look, check: () => stillThere(path, inode) });
  let closing: Promise<void> | undefined;

  function open(): Rows {
    if (closing) throw new BotError("closed", `[sqlite] ${path} is closed`);
    return rows;
  }

  async function end(): Promise<void> {
    await commits.idle();
    watch.close();
    db.close();
  }

  // In the order of versions: a row whose key is damaged is in no place where others find it.
  async function* damagedIn(prefix: string, { after = "", limit = Infinity }: ListOptions) {
    let left = limit;
    for (let from: number | undefined = -1; from !== undefined && left > 0; await nextTurn()) {
      const { entries, last }: ReturnType<Rows["damaged"]> = guard(path, () => open().damaged(from!, SCAN));
      for (const entry of entries)
        if (entry.key.startsWith(prefix) && entry.key > after && left-- > 0) yield entry;
      from = last;
    }
  }

  const store: Store = {
    get: async (key) => guard(path, () => open().get(key)),
    async *list(prefix, { after, limit = Infinity, damaged }: ListOptions = {}) {
      if (damaged) return yield* damagedIn(prefix, { after, limit });
      let from = firstOf(prefix, after);
      const to = afterAll(prefix);
      for (let left = limit; left > 0; left -= PAGE) {
        const size = Math.min(left, PAGE);
        const page = guard(path, () => open().page(from, to, size));
        yield* page;
        if (page.length < size) return;
        from = next(page.at(-1)!.key);
      }
    },
    async write(changes) {
      open();
      return commits.write(changes.map(encodeChange));
    },
    watch(prefix, signal) {
      open();
      return watch.follow(prefix, signal);
    },
    async close() {
      closing ??= end();
      await closing;
    },
  };
  return store;
};

function firstOf(prefix: string, after: string | undefined): Uint8Array {
  const first = encodeKey(prefix);
  if (after === undefined) return first;
  const from = next(after);
  return Buffer.compare(first, from) > 0 ? first : from;
}

// The least key that is greater.
function next(key: string): Uint8Array {
  return Buffer.concat([encodeKey(key), NOUGHT]);
}

function afterAll(prefix: string): Uint8Array {
  const bytes = encodeKey(prefix);
  if (bytes.length === 0) return END;
  // No byte of UTF-8 is 0xff, so the last one can always be raised.
  bytes[bytes.length - 1]! += 1;
  return bytes;
}

// SQLite would go on writing into a file that nobody can find any more.
function stillThere(path: string, inode: bigint | undefined): void {
  if (inodeOf(path) !== inode)
    throw new Error("it was removed or replaced while it was open: put it back and start again");
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fault("failed", path, error);
  }
}
