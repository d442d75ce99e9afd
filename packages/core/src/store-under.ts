import { damagedIn, damagedRow } from "./damaged.ts";
import { BotError, codeOf, messageOf } from "./errors.ts";
import type { Change, Entry, Store } from "./store.ts";

/** The part of a store whose keys begin with a prefix, as a store of its own. Closing it closes nothing. */
export function storeUnder(store: Store, prefix: string): Store {
  const inner = (key: string) => key.slice(prefix.length);
  const stripped = ({ key, ...entry }: Entry): Entry => ({ key: inner(key), ...entry });
  const part: Store = {
    async get(key) {
      try {
        const entry = await store.get(prefix + key);
        return entry && stripped(entry);
      } catch (error) {
        throw inside(error, inner);
      }
    },
    async *list(begin, { after, limit, damaged } = {}) {
      const options = {
        ...(after !== undefined && { after: prefix + after }),
        ...(limit !== undefined && { limit }),
        ...(damaged && { damaged }),
      };
      for await (const entry of store.list(prefix + begin, options)) yield stripped(entry);
    },
    async write(changes) {
      try {
        return await store.write(changes.map((change): Change => ({ ...change, key: prefix + change.key })));
      } catch (error) {
        throw inside(error, inner);
      }
    },
    async close() {},
  };
  if (!store.watch) return part;
  return {
    ...part,
    async *watch(begin, signal) {
      for await (const key of store.watch!(prefix + begin, signal)) yield inner(key);
    },
  };
}

// Whoever sees only a part knows the key by its name there.
function inside(error: unknown, inner: (key: string) => string): unknown {
  const damaged = damagedIn(error);
  if (damaged) return damagedRow("store", { ...damaged, key: inner(damaged.key) });
  const key = (error as { detail?: { key?: unknown } }).detail?.key;
  if (codeOf(error) !== "conflict" || typeof key !== "string") return error;
  return new BotError("conflict", messageOf(error), { cause: error, detail: { key: inner(key) } });
}
