import { randomUUID } from "node:crypto";
import { type Event, formatAddress, type Json } from "@micro-bot/core";
import { carried, quoteOf } from "./carried.ts";
import type { Link, Links } from "./links.ts";
import { keyOf, type Route } from "./routes.ts";

/** One thing said, to be carried. */
export interface Words {
  readonly event: Event;
  /** Whether the bot said it. */
  readonly own: boolean;
  /** Who said it, fit for a label. */
  readonly who: string;
  readonly aside: readonly string[];
  /** The thread it was said in. */
  readonly thread: string | undefined;
  /** Its id on its network. */
  readonly message: string | undefined;
}

/** The relay's own note on what it carries, for when it was said. */
export interface Note {
  /** Keys of the rooms. */
  readonly from: string;
  readonly to: string;
  /** How it begins. */
  readonly text: string;
  /** The id of the message it stands for. */
  readonly message?: string;
}

/** The note of a message that a relay carries. */
export function noteOf({ meta }: Event): Note | undefined {
  const { relay } = meta;
  return typeof relay === "object" && relay !== null ? (relay as unknown as Note) : undefined;
}

/** Puts what was said into words for another room. */
export class Composer {
  readonly #links: Links;
  /** Inputs on which somebody was seen to speak in a thread. */
  readonly #threaded = new Set<string>();

  constructor(links: Links) {
    this.#links = links;
  }

  /** People can speak in threads there. */
  hasThreads(input: string): void {
    this.#threaded.add(input);
  }

  /** What is said in the other room; undefined when that would be nothing. */
  async compose(
    route: Route,
    { event, own, who, aside, thread, message }: Words,
  ): Promise<Event | undefined> {
    const [room, there] = [keyOf(route.from), keyOf(route.to)];
    const find = (id: string | undefined) =>
      id === undefined ? undefined : this.#links.find(room, id, there);
    const [about, edited] = [await find(thread), await find(event.edit)];
    const notes = thread === undefined ? aside : [...aside, ...this.#threadNotes(route, about)];
    const label = (parts: readonly string[]) => (own ? `[${parts.join(", ")}]` : `<${parts.join(", ")}>`);
    const data = carried(inWords(event), { first: label([who, ...notes]), rest: label([who]) });
    if (data === "") return undefined;
    const note = { text: quoteOf(event.data), ...(message !== undefined && { message }) };
    // Answers may come before the network has taken it.
    await this.#links.keep(note.text, { room, id: message }, { room: there });
    return newEvent(route, note, {
      data,
      from: event.from,
      ...(event.run !== undefined && { run: event.run }),
      to: { ...route.to, ...(about?.id !== undefined && { thread: about.id }) },
      ...(event.format === "code" && { format: "code" }),
      ...(edited?.id !== undefined && { edit: edited.id }),
    });
  }

  // A message in its thread needs no more words, where people see threads.
  #threadNotes({ to }: Route, about: Link | undefined): readonly string[] {
    if (about?.id !== undefined && this.#threaded.has(to.input)) return [];
    return [about?.text ? `on “${about.text}”` : "in a thread"];
  }
}

/** Something that the relay says by itself. */
export function notice(route: Route, text: string): Event {
  return newEvent(route, {}, { data: carried(text, { first: "[relay]", rest: "[relay]" }) });
}

function newEvent(route: Route, note: Partial<Note>, more: Partial<Event>): Event {
  const relay = { from: keyOf(route.from), to: keyOf(route.to), text: "", ...note } satisfies Note;
  return {
    id: randomUUID(),
    type: "text",
    from: route.from,
    to: route.to,
    data: "",
    subject: `Said in ${formatAddress(route.from)}`,
    addressed: false,
    assurance: 0,
    time: Date.now(),
    meta: { relay: relay as Json },
    ...more,
  };
}

function inWords({ data, choices = [], files = [] }: Event): string {
  const all = [data, ...files.map(({ name }) => `[file: ${name}]`)];
  if (choices.length > 0) all.push(`(${choices.join(" / ")})`);
  return all.join("\n");
}
