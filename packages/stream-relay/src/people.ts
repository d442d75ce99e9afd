import type { Address, Event } from "@micro-bot/core";
import { nameOf } from "./carried.ts";

const MOST = 1000;

/** What people are called, as far as they were heard. */
export class People {
  readonly #names = new Map<string, string>();

  /** Takes in what the event says of its speaker's name. */
  learn({ from, names }: Event): void {
    const name = nameOf(names?.person ?? "");
    if (name === "") return;
    const key = keyOf(from);
    this.#names.delete(key);
    this.#names.set(key, name);
    if (this.#names.size > MOST) this.#names.delete(this.#names.keys().next().value!);
  }

  /** What to call them: their name, or the part of their id that is before an @. */
  called(address: Address): string {
    const { person = address.room } = address;
    return this.#names.get(keyOf(address)) || nameOf(person.replace(/(?<=.)@.*$/su, "")) || "somebody";
  }
}

function keyOf({ input, room, person }: Address): string {
  return JSON.stringify([input, person ?? room]);
}
