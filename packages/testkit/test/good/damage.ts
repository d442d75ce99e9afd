import { type Change, damagedRow, type Entry, type Store } from "@micro-bot/core";

/** What a store on the reference store knows of damage: which keys are damaged at which version. */
export class Damage {
  readonly #store: Store;
  readonly #versions = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
  }

  async harm(key: string): Promise<void> {
    const entry = await this.#store.get(key);
    this.#versions.set(key, entry!.version);
  }

  seen(entry: Entry): Entry {
    return this.#is(entry) ? { ...entry, value: null, damaged: JSON.stringify(entry.value) } : entry;
  }

  async get(key: string): Promise<Entry | undefined> {
    const entry = await this.#store.get(key);
    if (entry && this.#is(entry)) throw damagedRow("good", this.seen(entry));
    return entry;
  }

  async check(changes: readonly Change[]): Promise<void> {
    for (const { key, version, keep } of changes) {
      const entry = version === undefined ? undefined : await this.#store.get(key);
      if (entry && this.#is(entry) && (keep || version !== entry.version))
        throw damagedRow("good", this.seen(entry));
    }
  }

  #is({ key, version }: Entry): boolean {
    return this.#versions.get(key) === version;
  }
}
