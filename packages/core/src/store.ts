import type { Json } from "./json.ts";
import { memoryStore } from "./memory-store.ts";
import type { Log } from "./plugin.ts";
import { type Plugins, shared } from "./shared.ts";

/** One key and its value. */
export interface Entry<T extends Json = Json> {
  readonly key: string;
  readonly value: T;
  /** Rises with every write to the store; a key deleted and written again has a higher one. */
  readonly version: number;
  /** Only in a list: the row is not as it was written. This is what is left of its text; `value` is null then. */
  readonly damaged?: string;
}

/** One part of a `write`. */
export interface Change {
  readonly key: string;
  /** Absent: the key is deleted, unless `keep` is set. */
  readonly value?: Json;
  /** Nothing is changed: only that the key has the version is asked for. */
  readonly keep?: true;
  /** The version the key must have now; 0: it must not exist. Absent: whatever it has. */
  readonly version?: number;
  /** The entry is gone this many milliseconds from now. */
  readonly ttl?: number;
}

export interface ListOptions {
  /** Only keys after this one. */
  readonly after?: string;
  readonly limit?: number;
  /** Only rows that are damaged, in whatever order: the whole part of the store is read through to find them. */
  readonly damaged?: true;
}

/**
 * An ordered key-value store with atomic conditional writes: all that the bot asks of a database.
 *
 * A durable store knows when a row is not as it was written (a bit flipped on the disk): its key, value, version or end
 * of life. It never gives such a value. The row counts as there, whatever its end of life says, until it is written
 * or deleted.
 */
export interface Store {
  /** Rejects with `damaged` (see `damagedRow`) when the row is not as it was written. */
  get(key: string): Promise<Entry | undefined>;
  /**
   * Entries whose key begins with the prefix, in order of the keys' UTF-8 bytes. A damaged row is among them, marked
   * so, and ends nothing.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<Entry>;
  /**
   * All or nothing. Resolves, when the changes would survive a crash, with the versions that the keys were given, in
   * the order of the changes; 0 for what was deleted or kept. Rejects with `conflict` (`detail.key`). A damaged row may
   * be replaced or deleted, also at the version that its entry or error gave; whatever else expects something of it
   * rejects with `damaged`, and nothing is changed. Any other rejection may mean that it is not known whether the
   * changes were made.
   */
  write(changes: readonly Change[]): Promise<readonly number[]>;
  /** Keys under the prefix that were written or deleted, by any process, until the signal aborts. Read them again. */
  watch?(prefix: string, signal: AbortSignal): AsyncIterable<string>;
  /** Twice is safe. */
  close(): Promise<void>;
}

/** Opens a store by its URL. Throws `config` for a URL it cannot read. */
export type OpenStore = (url: string, ctx: { readonly log: Log }) => Promise<Store>;

/** Ways to open a store, by URL scheme. */
export const stores: Plugins<OpenStore> = shared<OpenStore>("stores");

if (!stores.has("memory")) stores.set("memory", async () => memoryStore());
