import { createHash } from "node:crypto";
import type { Change, Store } from "@micro-bot/core";

const TTL = 30 * 24 * 60 * 60_000;

/** Keys of the mails that are done, for a month. */
export class Seen {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async has(key: string): Promise<boolean> {
    return (await this.#store.get(nameOf(key))) !== undefined;
  }

  async add(key: string): Promise<void> {
    await this.#store.write([this.change(key)]);
  }

  /** As part of a larger write. */
  change(key: string): Change {
    return { key: nameOf(key), value: true, ttl: TTL };
  }
}

function nameOf(key: string): string {
  return `seen/${createHash("sha256").update(key).digest("hex")}`;
}
