import type { Address, Event, Store } from "@micro-bot/core";
import { keyOf as storeKey } from "./keys.ts";
import { keyOf, type Route } from "./routes.ts";

/**
 * Which routes begin in a room. Routes say `slack:#ops`; what comes in, and what the bot answers, says `slack:C024BE91L`.
 * What a room is called is learned from what is said there, and outlives the process: the bot may be first to speak.
 */
export class Rooms {
  readonly #routes: readonly Route[];
  readonly #sources: ReadonlySet<string>;
  /** By the room's own key, the key of its name. */
  readonly #names = new Map<string, string>();

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
    this.#sources = new Set(routes.map(({ from }) => keyOf(from)));
  }

  /** Reads what was learned before. */
  async load(store: Store): Promise<void> {
    for await (const { value } of store.list("room/")) {
      const { room, name } = value as { readonly room: string; readonly name: string };
      if (!this.#names.has(room)) this.#names.set(room, name);
    }
  }

  /** Takes in what the event says of its room's name. */
  async learn({ from, names }: Event, store: Store): Promise<void> {
    if (names?.room === undefined) return;
    const room = keyOf(from);
    const name = keyOf({ ...from, room: names.room });
    if (this.#names.get(room) === name) return;
    const wanted = this.#sources.has(name);
    if (!wanted && !this.#names.has(room)) return;
    if (wanted) this.#names.set(room, name);
    else this.#names.delete(room);
    await store.write([{ key: await storeKey("room", room), ...(wanted && { value: { room, name } }) }]);
  }

  /** The routes that begin there. */
  from(address: Address): readonly Route[] {
    const keys = this.#keys(address);
    if (!keys.some((key) => this.#sources.has(key))) return [];
    return this.#routes.filter(({ from, to }) => keys.includes(keyOf(from)) && !keys.includes(keyOf(to)));
  }

  #keys(address: Address): readonly string[] {
    const own = keyOf(address);
    const name = this.#names.get(own);
    return name === undefined ? [own] : [own, name];
  }
}
