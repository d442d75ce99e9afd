import {
  type Address,
  type Change,
  type Content,
  type Event,
  formatAddress,
  type Json,
  type Store,
} from "@micro-bot/core";
import { keyName } from "../state/names.ts";
import { cut } from "../text.ts";

/** How long a rest waits for `more`, in milliseconds. */
const KEPT = 60 * 60 * 1000;
/** Rests that may be on their way into the store. */
const FRESH = 100;

/** What was too long for one reply, as the store has it. */
interface Row {
  readonly text: string;
  readonly format?: Content["format"];
  /** The run that said it. */
  readonly run?: string;
  /** When it was left, in milliseconds since 1970. */
  readonly since: number;
}

/** A rest that waits. */
export interface Rest {
  readonly key: string;
  readonly version: number;
  readonly row: Row;
}

/** What was too long for one reply and waits for `more`: one rest for each person in each place, and one for each room. */
export class Rests {
  readonly #store: Store;
  /** Longest rest, in characters. */
  readonly #most: number;
  /** The last ones added here, by key: what a run says next may come before the store has what it said. */
  readonly #fresh = new Map<string, Row>();

  constructor(store: Store, most: number) {
    this.#store = store;
    this.#most = most;
  }

  /**
   * What puts the rest of a message into the store, for whom it answers: by `Who.here`, or anybody in its room. It comes
   * behind what the same run left there, and stands instead of what another did.
   */
  async add(message: Event, text: string, reader: string = placeOf(message.to)): Promise<Change> {
    const key = keyOf(reader);
    const { format, run, edit } = message;
    // What is replaced in place is replaced here, too.
    const kept = await this.#read(key).catch(() => undefined);
    const before = this.#fresh.get(key) ?? kept?.row;
    const goesOn = run !== undefined && before?.run === run && edit === undefined;
    const row = {
      text: goesOn ? cut(`${before.text.trimEnd()}\n${text}`, this.#most) : text,
      ...(format && { format }),
      ...(run !== undefined && { run }),
      since: Date.now(),
    };
    this.#fresh.delete(key);
    this.#fresh.set(key, row);
    if (this.#fresh.size > FRESH) this.#fresh.delete(this.#fresh.keys().next().value!);
    return changeOf(key, row);
  }

  /** The newest rest that the person of this event may have, where they speak. */
  async find(event: Event, reader: string): Promise<Rest | undefined> {
    const keys = [reader, placeOf(event.from)].map(keyOf);
    const found = await Promise.all(keys.map((key) => this.#read(key)));
    return found.filter((rest) => rest !== undefined).sort((a, b) => b.row.since - a.row.since)[0];
  }

  /** What leaves only `text` of a rest. Nobody else has taken any of it meanwhile. */
  take({ key, version, row }: Rest, text: string): Change {
    this.#fresh.delete(key);
    return text === ""
      ? { key, version }
      : { ...changeOf(key, { ...row, text, since: Date.now() }), version };
  }

  async #read(key: string): Promise<Rest | undefined> {
    const entry = await this.#store.get(key);
    const row = entry?.value as unknown as Row | undefined;
    return entry && typeof row?.text === "string" ? { key, version: entry.version, row } : undefined;
  }
}

/** Anybody in a room: for what nobody there asked for. Networks do not tell rooms apart by capitals. */
function placeOf({ input, room }: Address): string {
  return `anybody ${formatAddress({ input, room: room.toLowerCase() })}`;
}

function keyOf(reader: string): string {
  return `more/${keyName(reader)}`;
}

function changeOf(key: string, row: Row): Change {
  return { key, value: row as unknown as Json, ttl: KEPT };
}
