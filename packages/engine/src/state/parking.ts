import {
  BotError,
  type Change,
  codeOf,
  damagedIn,
  type Entry,
  type Json,
  type Log,
  messageOf,
  type Rows,
  type Status,
  type Store,
  storeUnder,
} from "@micro-bot/core";
import { newId } from "./names.ts";

/** Where rows are that could not be read: `{ key, version, why, rest, at }`, `rest` being what is left of the value's text. */
export const ASIDE = "parked/row/";
/** Keys that are remembered so that each is told of once. */
const MOST_TOLD = 1000;

const DAMAGED = "it is not as it was written";
const STRANGE = "it is not what belongs there";

export interface ParkingOptions {
  readonly store: Store;
  readonly log: Log;
  /** Told of each row that is put aside. */
  readonly parked: (key: string) => void;
}

/** What is known of the rows that a key is one of. */
interface Kind {
  fits(value: Json): boolean;
  readonly instead: Json | undefined;
}

type KindOf = (key: string) => Kind | undefined;

/**
 * The store as all of the bot reads it. A row that is damaged, or not of its kind, reaches nobody: it is put aside, in one
 * write that asks for its version, and the rest goes on.
 */
export class Parking {
  readonly #options: ParkingOptions;
  readonly #known = new Map<string, Rows>();
  readonly #told = new Set<string>();
  #looked = false;
  #parks = 0;
  #count = 0;
  #last: string | undefined;

  constructor(options: ParkingOptions) {
    this.#options = options;
  }

  /** The kinds of rows whose keys begin with a prefix, for whoever reads them. */
  know(prefix: string, rows: Rows | undefined = {}): void {
    this.#known.set(prefix, rows);
  }

  /** The part of the store whose keys begin with a prefix. `rows` are kinds that this reader alone knows. */
  part(prefix: string, rows: Rows | undefined = {}): Store {
    const { store } = this.#options;
    const kindOf: KindOf = (key) => kindIn(prefix, rows, key) ?? this.#kindOf(key);
    const safe: Store = {
      get: (key) => this.#get(key, kindOf),
      list: (begin, options = {}) => this.#list(begin, options, kindOf),
      write: (changes) => this.#write(changes, kindOf),
      close: () => store.close(),
      ...(store.watch && { watch: (begin, signal) => store.watch!(begin, signal) }),
    };
    return prefix === "" ? safe : storeUnder(safe, prefix);
  }

  /** Looks through the whole store, once: whoever asks for a row whose key is damaged would just not find it. */
  async look(): Promise<void> {
    if (this.#looked) return;
    this.#looked = true;
    const { store, log } = this.#options;
    try {
      for await (const entry of store.list("", { damaged: true }))
        if (entry.damaged !== undefined) await this.#aside(entry, DAMAGED, this.#kindOf(entry.key));
    } catch (error) {
      this.#looked = false;
      if (codeOf(error) !== "closed")
        log.warn({}, `the store is not looked through yet: ${messageOf(error)}`);
    }
  }

  /** How many rows this process has put aside. */
  get parks(): number {
    return this.#parks;
  }

  /** How many rows the store has that were put aside, by whomever. Of no use when some were since, at `parks`. */
  count(rows: number, parks: number): void {
    if (parks === this.#parks) this.#count = rows;
  }

  status(): readonly Status[] {
    if (this.#count === 0) return [];
    const last = this.#last === undefined ? "" : ` (the last: ${this.#last})`;
    const note = `${this.#count} put aside that could not be read${last}: look at the keys under ${ASIDE} in the store`;
    return [{ name: "store rows", state: "down", note }];
  }

  async #get(key: string, kindOf: KindOf): Promise<Entry | undefined> {
    const { store } = this.#options;
    const entry = await store.get(key).catch((error) => damagedIn(error) ?? Promise.reject(error));
    return entry && this.#readable(entry, kindOf(key));
  }

  async *#list(
    begin: string,
    { limit = Infinity, ...options }: { limit?: number; after?: string },
    kindOf: KindOf,
  ): AsyncIterable<Entry> {
    let left = limit;
    if (left <= 0) return;
    for await (const listed of this.#options.store.list(begin, options)) {
      const entry = await this.#readable(listed, kindOf(listed.key));
      if (!entry) continue;
      yield entry;
      if (--left <= 0) return;
    }
  }

  async #write(changes: readonly Change[], kindOf: KindOf): Promise<readonly number[]> {
    try {
      return await this.#options.store.write(changes);
    } catch (error) {
      throw await this.mended(error, kindOf);
    }
  }

  /** Puts the row aside that a write could not read: what it ends with then, which is the same for any other error. */
  async mended(error: unknown, kindOf: KindOf = (key) => this.#kindOf(key)): Promise<unknown> {
    const entry = damagedIn(error);
    if (!entry) return error;
    const { key } = entry;
    await this.#aside(entry, DAMAGED, kindOf(key));
    const why = `the row '${key}' could not be read: read again`;
    return new BotError("conflict", why, { cause: error, detail: { key } });
  }

  /** The entry, or what stands in its place when it cannot be read. */
  async #readable(entry: Entry, kind: Kind | undefined): Promise<Entry | undefined> {
    const { key, value, damaged } = entry;
    if (damaged === undefined && (kind?.fits(value) ?? true)) return entry;
    await this.#aside(entry, damaged === undefined ? STRANGE : DAMAGED, kind);
    return kind?.instead === undefined ? undefined : this.#options.store.get(key);
  }

  async #aside(entry: Entry, why: string, kind: Kind | undefined): Promise<void> {
    const { key, version, value, damaged } = entry;
    this.#tell(key, why);
    const instead = kind?.instead;
    const row: Json = { key, version, why, rest: damaged ?? JSON.stringify(value), at: Date.now() };
    try {
      await this.#options.store.write([
        { key, version, ...(instead !== undefined && { value: instead }) },
        { key: `${ASIDE}${newId()}`, value: row, version: 0 },
      ]);
    } catch (error) {
      // Another bot was quicker, or somebody has written it anew.
      if (codeOf(error) === "conflict" || codeOf(error) === "damaged") return;
      throw error;
    }
    this.#parks++;
    this.#count++;
    this.#last = key;
    this.#options.parked(key);
  }

  #tell(key: string, why: string): void {
    if (this.#told.has(key)) return;
    if (this.#told.size < MOST_TOLD) this.#told.add(key);
    this.#options.log.error({ key }, `the row ${key} of the store is put aside under ${ASIDE}: ${why}`);
  }

  #kindOf(key: string): Kind | undefined {
    for (const [prefix, rows] of this.#known) {
      const kind = kindIn(prefix, rows, key);
      if (kind) return kind;
    }
    return undefined;
  }
}

function kindIn(prefix: string, rows: Rows, key: string): Kind | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const name = key.slice(prefix.length);
  const found = Object.entries(rows).find(([begin]) => name.startsWith(begin))?.[1];
  return found && { fits: (value) => found.fits(value, name), instead: found.instead?.(name) };
}
