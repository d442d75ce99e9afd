import { type Change, codeOf, type Json, type Seal, type Store, type Stream } from "@micro-bot/core";
import { keyOf } from "./write.ts";

/** What a stream has written down together with something else: see `Turn.join`. */
export interface Joined {
  readonly stream: Stream;
  readonly entry: Json;
}

interface Item {
  readonly changes: readonly Change[];
  readonly joined: readonly Joined[];
  readonly done: PromiseWithResolvers<readonly number[]>;
}

/** Changes of one write, at most, about. */
const MAX_CHANGES = 500;

/**
 * Group commit: what is written in the same moment goes into the store as one write, though each is told for itself
 * whether it was made. Streams seal what joined it once for all of them.
 */
export class Commit {
  readonly #store: Pick<Store, "write">;
  readonly #mended: (error: unknown) => Promise<unknown>;
  #waiting: Item[] = [];
  /** Writes that are under way. */
  #running = 0;
  readonly #unsealed = new WeakSet<object>();

  /** `mended` puts a row aside that a write could not read, and gives the error to go on with. */
  constructor(store: Pick<Store, "write">, mended: (error: unknown) => Promise<unknown>) {
    this.#store = store;
    this.#mended = mended;
  }

  /** As `Store.write`. What joins it is written in one with it, or neither is. */
  write(changes: readonly Change[], joined: readonly Joined[] = []): Promise<readonly number[]> {
    const done = Promise.withResolvers<readonly number[]>();
    this.#waiting.push({ changes, joined, done });
    if (this.#waiting.length > 1) return done.promise;
    // What is said at the same time comes while a write is under way, and waits for its end; one that hangs holds up none.
    if (this.#running === 0) this.#flush();
    else setImmediate(() => this.#flush());
    return done.promise;
  }

  /** Whether a stream could not seal what joined: then nothing was written, and another try would not be either. */
  isUnsealed(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#unsealed.has(error);
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of batches(waiting)) void this.#run(batch);
  }

  async #run(batch: readonly Item[]): Promise<void> {
    this.#running++;
    await this.#together(batch);
    this.#running--;
    this.#flush();
  }

  async #together(batch: readonly Item[]): Promise<void> {
    let items = batch;
    while (items.length > 0) {
      const hasJoined = items.some(({ joined }) => joined.length > 0);
      const seals = hasJoined
        ? await this.#sealed(items).catch((error) => this.#cannot(error, items))
        : new Seals();
      if (!seals) items = items.filter(({ joined }) => joined.length === 0);
      else items = await this.#tried(items, seals);
    }
  }

  /** Writes some. Those that are to be tried again. */
  async #tried(items: readonly Item[], seals: Seals): Promise<readonly Item[]> {
    try {
      const own = items.length === 1 ? items[0]!.changes : items.flatMap(({ changes }) => changes);
      const all = seals.changes.length === 0 ? own : [...own, ...seals.changes];
      const versions = await this.#store.write(all);
      seals.written(versions.slice(own.length));
      let at = 0;
      for (const { changes, done } of items) {
        done.resolve(versions.slice(at, at + changes.length));
        at += changes.length;
      }
      return [];
    } catch (thrown) {
      const error = await this.#mended(thrown);
      seals.failed(error);
      const code = codeOf(error);
      if (code === "conflict") return this.#without(keyOf(error), items, seals, error);
      // Nothing was written, for the sake of one of them.
      if (code === "invalid" && items.length > 1) for (const item of items) void this.#run([item]);
      else for (const { done } of items) done.reject(error);
      return [];
    }
  }

  /** What is left when somebody else wrote a key first. */
  #without(key: string | undefined, items: readonly Item[], seals: Seals, error: unknown): readonly Item[] {
    const isSeals = seals.changes.some((change) => change.key === key);
    const loser = isSeals
      ? undefined
      : (items.find(({ changes }) => changes.some((change) => change.key === key)) ?? items[0]!);
    loser?.done.reject(error);
    return items.filter((item) => item !== loser);
  }

  #cannot(error: unknown, items: readonly Item[]): undefined {
    if (typeof error === "object" && error !== null) this.#unsealed.add(error);
    for (const { joined, done } of items) if (joined.length > 0) done.reject(error);
  }

  async #sealed(items: readonly Item[]): Promise<Seals> {
    const entries = new Map<Stream, Json[]>();
    for (const { joined } of items)
      for (const { stream, entry } of joined) entries.set(stream, [...(entries.get(stream) ?? []), entry]);
    const seals = new Seals();
    try {
      for (const [stream, list] of entries) seals.add(stream, await stream.seal!(list));
    } catch (error) {
      seals.failed(error);
      throw error;
    }
    return seals;
  }
}

/** What streams add to one write. */
class Seals {
  readonly changes: Change[] = [];
  readonly #seals: Seal[] = [];

  add({ name }: Stream, seal: Seal): void {
    this.#seals.push(seal);
    for (const change of seal.changes)
      this.changes.push({ ...change, key: `plugin/stream-${name}/${change.key}` });
  }

  written(versions: readonly number[]): void {
    let at = 0;
    for (const seal of this.#seals) {
      seal.written(versions.slice(at, at + seal.changes.length));
      at += seal.changes.length;
    }
  }

  failed(error: unknown): void {
    for (const seal of this.#seals) seal.failed(error);
  }
}

/** In parts that may be written each as one: of bounded size, and none with a key twice. */
function batches(items: readonly Item[]): Item[][] {
  const all: Item[][] = [];
  const written = new Set<string>();
  const kept = new Set<string>();
  let left = 0;
  for (const item of items) {
    const clashes = ({ key, keep }: Change) => written.has(key) || (!keep && kept.has(key));
    left -= item.changes.length;
    if (left < 0 || item.changes.some(clashes)) {
      all.push([]);
      written.clear();
      kept.clear();
      left = MAX_CHANGES - item.changes.length;
    }
    for (const { key, keep } of item.changes) (keep ? kept : written).add(key);
    all.at(-1)!.push(item);
  }
  return all;
}
