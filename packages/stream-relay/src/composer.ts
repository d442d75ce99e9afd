import { type Event, formatAddress, type Json } from "@micro-bot/core";
import { carried, filesOf, quoteOf } from "./carried.ts";
import { type Links, newTopic, type Topic } from "./links.ts";
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
  /** The key of the room it is said in. */
  readonly room: string;
  /** Absent where it stands for no message. */
  readonly topic?: Topic;
}

/** What is known of words before they are carried anywhere. */
export interface Sense {
  readonly topic: Topic;
  /** The message that the thread is about. */
  readonly about?: Topic | undefined;
  /** The words stand instead of others. */
  readonly edits: boolean;
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

  /** Finds out what words of a room are about, and keeps what they are, before anybody can answer them. */
  async sense(room: string, { event, thread, message }: Words): Promise<Sense> {
    const about = thread === undefined ? undefined : await this.#links.find(room, thread);
    const edited = event.edit === undefined ? undefined : await this.#links.find(room, event.edit);
    const topic = edited ?? newTopic(quoteOf(event.data) || quoteOf(namesOfFiles(event)[0] ?? ""));
    if (message !== undefined) await this.#links.keep(room, message, topic);
    return { topic, about, edits: edited !== undefined };
  }

  /** What is said in the other room; undefined when that would be nothing. */
  async compose(route: Route, words: Words, { topic, about, edits }: Sense): Promise<Event | undefined> {
    const { event, own, who, aside } = words;
    const there = keyOf(route.to);
    const thread = about && (await this.#links.idIn(there, about));
    const edit = edits ? await this.#links.idIn(there, topic) : undefined;
    // A message in its thread needs no more words, where people see threads.
    const isShown = thread !== undefined && this.#threaded.has(route.to.input);
    const where = about?.text ? `on “${about.text}”` : "in a thread";
    const notes = words.thread === undefined || isShown ? aside : [...aside, where];
    const label = (parts: readonly string[]) => (own ? `(${parts.join(", ")})` : `[${parts.join(", ")}]`);
    const data = carried(inWords(event), { first: label([who, ...notes]), rest: label([who]) });
    if (data === "") return undefined;
    return newEvent(route, topic, {
      data,
      from: event.from,
      ...(event.run !== undefined && { run: event.run }),
      to: { ...route.to, ...(thread !== undefined && { thread }) },
      ...(event.format === "code" && { format: "code" }),
      ...(event.action && { action: true }),
      ...(edit !== undefined && { edit }),
    });
  }
}

/** Something that the relay says by itself. */
export function notice(route: Route, text: string): Event {
  return newEvent(route, undefined, { data: carried(text, { first: "(relay)", rest: "(relay)" }) });
}

function newEvent(route: Route, topic: Topic | undefined, more: Partial<Event>): Event {
  const relay = { room: keyOf(route.to), ...(topic && { topic }) } satisfies Note;
  return {
    id: crypto.randomUUID(),
    type: "text",
    from: route.from,
    to: route.to,
    data: "",
    subject: `Said in ${formatAddress(route.from)}`,
    addressed: false,
    assurance: 0,
    time: Date.now(),
    meta: { relay: relay as unknown as Json },
    ...more,
  };
}

function inWords(event: Event): string {
  const { data, choices = [] } = event;
  const all = [data, ...filesOf(namesOfFiles(event))];
  if (choices.length > 0) all.push(`(${choices.join(" / ")})`);
  return all.join("\n");
}

/** Of what the bot sends, and of what came in. */
function namesOfFiles({ files = [], names }: Event): readonly string[] {
  return [...files.map(({ name }) => name), ...(names?.files ?? [])];
}
