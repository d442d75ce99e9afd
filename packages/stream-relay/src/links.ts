import type { Json, Store } from "@micro-bot/core";
import { keyOf } from "./keys.ts";

/** How long it is known which message stands for which, in milliseconds: threads are rarely older. */
const KEPT = 3 * 86_400_000;
/** How many of its links one process leaves in the store. */
const MOST = 10_000;

/** What stands in another room for a message. */
export interface Link {
  /** How the message begins. */
  readonly text: string;
  /** Its id in the other room, where that network has ids. */
  readonly id?: string;
}

/** A message in a room, with its id where the network has ids. */
export interface Place {
  readonly room: string;
  readonly id?: string | undefined;
}

/** Which message there stands for which message here, for threads and edits. */
export class Links {
  readonly #store: Store;
  readonly #keys: string[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /** What stands in the other room for a message of this one. */
  async find(room: string, id: string, there: string): Promise<Link | undefined> {
    const entry = await this.#store.get(await keyOf("link", room, id, there));
    return entry?.value as Link | undefined;
  }

  /** From now on each stands for the other. */
  async keep(text: string, one: Place, other: Place): Promise<void> {
    const sides = [
      [one, other],
      [other, one],
    ] as const;
    const made = [];
    for (const [here, there] of sides) {
      if (here.id === undefined) continue;
      const value: Json = { text, ...(there.id !== undefined && { id: there.id }) };
      made.push({ key: await keyOf("link", here.room, here.id, there.room), value, ttl: KEPT });
    }
    if (made.length === 0) return;
    this.#keys.push(...made.map(({ key }) => key));
    const old = this.#keys.splice(0, Math.max(0, this.#keys.length - MOST));
    const written = new Set(made.map(({ key }) => key));
    await this.#store.write([...made, ...old.filter((key) => !written.has(key)).map((key) => ({ key }))]);
  }
}
