import type { Address, Event } from "@micro-bot/core";
import { RecentMap } from "@micro-bot/kit";
import { nameOf } from "./carried.ts";

/** People whose names are remembered. */
const MAX_PEOPLE = 1000;

/** A name, and whether anybody vouched for whoever has it. */
interface Named {
  readonly name: string;
  readonly vouched: boolean;
}

/** What people are called, as far as they were heard. */
export class People {
  readonly #names = new RecentMap<string, Named>(MAX_PEOPLE);

  /** Takes in what the event says of its speaker's name. */
  learn({ from, names, assurance }: Event): void {
    const name = nameOf(names?.person ?? "");
    const key = keyOf(from);
    const vouched = assurance > 0;
    // Whoever only claims to be a person gives them no name.
    const known = this.#names.get(key);
    if (vouched && known?.vouched === false) this.#names.delete(key);
    if (name === "" || (known?.vouched && !vouched)) return;
    this.#names.set(key, { name, vouched });
  }

  /** What to call them: their name, or the part of their id that is before an @. */
  called(address: Address): string {
    const { person = address.room } = address;
    return this.#names.get(keyOf(address))?.name || nameOf(person.replace(/(?<=.)@.*$/su, "")) || "somebody";
  }
}

function keyOf({ input, room, person }: Address): string {
  return JSON.stringify([input, person ?? room]);
}
