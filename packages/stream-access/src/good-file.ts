import { resolve } from "node:path";
import type { Json, Store } from "@micro-bot/core";
import { writeIf } from "@micro-bot/kit";
import { digest } from "./records.ts";

/** What the store knows of an access file. */
export interface Good {
  /** The last text whose rules held. */
  readonly text: string;
  /** One that may be cut: its digest, and when it is taken as it is, in milliseconds since 1970. */
  readonly held?: { readonly digest: string; readonly until: number };
}

/** When a text that is held back is taken, and whether this bot is the first that holds it back. */
export interface Hold {
  readonly until: number;
  readonly isFirst: boolean;
}

/** The last good access file, in the store: it outlives the bot, and all bots of one store tell of a change once. */
export class GoodFile {
  readonly #store: Store;
  readonly #key: string;

  constructor(store: Store, path: string) {
    this.#store = store;
    this.#key = `file/${digest(resolve(path))}`;
  }

  async get(): Promise<Good | undefined> {
    return (await this.#store.get(this.#key))?.value as unknown as Good | undefined;
  }

  /** When a text that was held back is taken; undefined: nobody held it back yet. */
  static until({ held }: Good, text: string): number | undefined {
    return held?.digest === digest(text) ? held.until : undefined;
  }

  /** Holds a text back, unless it is held back already; `last` is the good one that stays. `isFirst`: nobody did before. */
  async hold(text: string, until: number, last: string): Promise<Hold> {
    return this.#change<Hold>((good) => {
      const before = good && GoodFile.until(good, text);
      if (before !== undefined) return { result: { until: before, isFirst: false } };
      const held = { digest: digest(text), until };
      return { next: { text: good?.text ?? last, held }, result: { until, isFirst: true } };
    });
  }

  /** Keeps a text whose rules hold now. The one that it follows; undefined: it was kept before, or is the first. */
  async keep(text: string): Promise<string | undefined> {
    return this.#change<string | undefined>((good) => {
      if (good?.text === text) return { ...(good.held && { next: { text } }), result: undefined };
      return { next: { text }, result: good?.text };
    });
  }

  /** One conditional write, tried again when another bot was quicker. */
  async #change<T>(
    change: (good: Good | undefined) => { readonly next?: Good; readonly result: T },
  ): Promise<T> {
    while (true) {
      const entry = await this.#store.get(this.#key);
      const { next, result } = change(entry?.value as unknown as Good | undefined);
      if (!next) return result;
      const value = next as unknown as Json;
      if (await writeIf(this.#store, [{ key: this.#key, value, version: entry?.version ?? 0 }]))
        return result;
    }
  }
}
