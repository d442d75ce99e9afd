import type { Json, Store } from "@micro-bot/core";
import { keyOf } from "./keys.ts";

/** How long it is known which message stands for which, in milliseconds: threads are rarely older. */
const KEPT = 3 * 86_400_000;
/** How many keys one process leaves in the store for that. */
const MOST = 20_000;

/** One message, in whatever rooms it stands. */
export interface Topic {
  readonly id: string;
  /** How the message begins. */
  readonly text: string;
}

/** Which messages of several rooms are one and the same, for threads and edits. */
export class Links {
  readonly #store: Store;
  readonly #keys = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What a message of a room is, by its id there. */
  async find(room: string, id: string): Promise<Topic | undefined> {
    const entry = await this.#store.get(await keyOf("topic", room, id));
    return entry?.value as Topic | undefined;
  }

  /** Its id in a room, where it stands there and the network has ids. */
  async idIn(room: string, { id }: Topic): Promise<string | undefined> {
    const entry = await this.#store.get(await keyOf("copy", id, room));
    return entry?.value as string | undefined;
  }

  /** The message stands in the room, by that id. */
  async keep(room: string, id: string, topic: Topic): Promise<void> {
    const entries: readonly (readonly [string, Json])[] = [
      [await keyOf("topic", room, id), { id: topic.id, text: topic.text }],
      [await keyOf("copy", topic.id, room), id],
    ];
    for (const [key] of entries) {
      this.#keys.delete(key);
      this.#keys.add(key);
    }
    const old = [...this.#keys.values().take(Math.max(0, this.#keys.size - MOST))];
    for (const key of old) this.#keys.delete(key);
    const kept = entries.map(([key, value]) => ({ key, value, ttl: KEPT }));
    await this.#store.write([...kept, ...old.map((key) => ({ key }))]);
  }
}

export function newTopic(text: string): Topic {
  return { id: crypto.randomUUID(), text };
}
