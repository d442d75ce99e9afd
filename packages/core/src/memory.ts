import type { Json } from "./json.ts";
import type { Store } from "./store.ts";

export interface MemoryOptions {
  /** The value is forgotten this many milliseconds from now. */
  readonly ttl?: number;
  /** The version it must have now, as `Memory.entry` gave it; 0: it must not be there. Else `set` rejects with `conflict`. */
  readonly version?: number;
}

/** A remembered value. */
export interface Remembered<T extends Json = Json> {
  readonly key: string;
  readonly value: T;
  /** Rises with every change: give it to `set` to be sure that nobody else wrote in between. */
  readonly version: number;
}

/** What the bot remembers in one scope: JSON by key, kept in its store, the same for all its replicas. */
export interface Memory {
  get<T extends Json = Json>(key: string): Promise<T | undefined>;
  /** The value with its version. */
  entry<T extends Json = Json>(key: string): Promise<Remembered<T> | undefined>;
  /** Resolves when it would survive a crash. */
  set(key: string, value: Json, options?: MemoryOptions): Promise<void>;
  /** Whether there was something to forget. */
  delete(key: string): Promise<boolean>;
  /** Keys that begin with the prefix, in order. */
  list<T extends Json = Json>(prefix?: string): AsyncIterable<Remembered<T>>;
}

/** A command's memory, by who shares it. */
export interface Memories {
  /** This command's own, wherever it runs. */
  readonly command: Memory;
  /** Of the room where it was said: all commands and people there. */
  readonly room: Memory;
  /** Of the person who spoke, on this input. Somebody who only claims to be them has another. */
  readonly person: Memory;
  /** Of the whole bot. */
  readonly bot: Memory;
}

/** A memory in a store, or in a part of one (`storeUnder`). */
export function memoryIn(store: Store): Memory {
  async function entry<T extends Json>(key: string): Promise<Remembered<T> | undefined> {
    return (await store.get(key)) as Remembered<T> | undefined;
  }
  return {
    entry,
    async get<T extends Json>(key: string) {
      return (await entry<T>(key))?.value;
    },
    async set(key, value, { ttl, version } = {}) {
      await store.write([
        { key, value, ...(ttl !== undefined && { ttl }), ...(version !== undefined && { version }) },
      ]);
    },
    async delete(key) {
      const found = await store.get(key);
      if (!found) return false;
      await store.write([{ key }]);
      return true;
    },
    list<T extends Json>(prefix = "") {
      return store.list(prefix) as AsyncIterable<Remembered<T>>;
    },
  };
}
