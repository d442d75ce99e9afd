import type { Store } from "@micro-bot/core";
import { isOwnId } from "./ids.ts";
import type { Mail } from "./mail.ts";

const TTL = 30 * 24 * 60 * 60_000;

/**
 * Which thread a mail of the bot's was said in, for a month: an answer may name no other mail than that one, in In-Reply-To
 * or in References that were cut.
 */
export class Threads {
  readonly #store: Store;
  readonly #address: string;

  constructor(store: Store, address: string) {
    this.#store = store;
    this.#address = address;
  }

  /** A mail of the bot's is about to be sent. */
  async keep(id: string, thread: string): Promise<void> {
    await this.#store.write([{ key: `thread/${id}`, value: thread, ttl: TTL }]);
  }

  /** The thread of a mail: its first mail's Message-ID, as far as that can be known. */
  async of({ id, answers, references }: Mail): Promise<string | undefined> {
    const own = [answers, ...references.toReversed()].find(
      (one) => one !== undefined && isOwnId(one, this.#address),
    );
    const kept = own === undefined ? undefined : await this.#store.get(`thread/${own}`);
    return typeof kept?.value === "string" ? kept.value : (references[0] ?? id);
  }
}
