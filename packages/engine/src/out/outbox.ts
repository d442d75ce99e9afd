import {
  type Address,
  BotError,
  type Change,
  contentOf,
  type Event,
  parseAddress,
  type Receipt,
  type Reply,
  replyTo,
  type Stream,
} from "@micro-bot/core";
import type { Loop } from "../inputs/loop.ts";
import type { Journal, Run } from "../state/journal.ts";
import { newId } from "../state/names.ts";
import { type Page, pageOf, withNote } from "./page.ts";
import { presentable } from "./present.ts";
import { Rests } from "./rests.ts";
import type { Message, Sender } from "./sender.ts";

export interface OutboxOptions {
  readonly streams: readonly Stream[];
  readonly sender: Sender;
  readonly journal: Journal;
  readonly loops: ReadonlyMap<string, Loop>;
  readonly redact: (text: string) => string;
  /** Longest text, in characters: all its pages together. */
  readonly maxReply: number;
}

/** Something to be said that has passed the streams, to be written by whoever says it. */
export interface Draft {
  /** What puts it into the store, itself first. Empty: a stream kept it, answered for the network, or holds it too long. */
  readonly changes: readonly Change[];
  /** Resolves when the network took it. */
  readonly sent: Promise<Receipt>;
  /** It is in the store: queues it. */
  send(): void;
  /** It is not in the store, and not said from here; or that is so because of an error. */
  drop(error?: unknown): void;
}

/** A page that is on its way. */
export interface Sent {
  readonly page: string;
  /** Resolves when the network took it. */
  readonly sent: Promise<Receipt>;
}

/** How something is said. */
export interface Manner {
  /** Who may ask for the rest of it: see `Who.here`. */
  readonly reader?: string;
  /** Aborts when its person wants to hear no more of it. */
  readonly over?: AbortSignal | undefined;
}

/** How long a stream may hold what a run says last before the run ends without it, in milliseconds. */
const PATIENCE_MS = 5000;

type StoredMessage = Message & { readonly key: string };

/** Everything that is said leaves here: through the streams, tidied, cut to what fits, stored, and to its room's queue. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #layers: readonly Stream[];
  readonly #sending = new Set<Promise<unknown>>();
  readonly #rests: Rests;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#rests = new Rests(options.journal.store, options.maxReply);
    this.#layers = options.streams.filter((stream) => stream.send);
  }

  /**
   * Says something now. Resolves when the network took it. With a run, the run's log has it. What is too long for one
   * reply waits for `more` said by the reader, or by anybody in that room.
   */
  say(event: Event, run?: Run, manner: Manner = {}): Promise<Receipt> {
    return this.#deliver(event, async (out) => {
      const message = await this.#message(out, manner);
      await this.#keep(message, run);
      return this.#options.sender.push(message);
    });
  }

  /** A draft of something to be said, as soon as it has passed the streams; one that holds it too long sends it later. */
  async draft(event: Event, manner: Manner = {}): Promise<Draft> {
    const { sender } = this.#options;
    const reached = Promise.withResolvers<StoredMessage | undefined>();
    let isLate = false;
    const sent = this.#deliver(event, async (out) => {
      const message = await this.#message(out, manner, true);
      if (!isLate) {
        reached.resolve(message);
        return message.sent.promise;
      }
      await this.#keep(message);
      return sender.push(message);
    });
    const none = () => reached.resolve(undefined);
    const timer = setTimeout(() => {
      isLate = true;
      none();
    }, PATIENCE_MS);
    sent.then(none, none);
    const message = await reached.promise;
    clearTimeout(timer);
    if (!message) return { changes: [], sent, send: () => undefined, drop: () => undefined };
    return {
      changes: sender.changesOf(message),
      sent,
      send: () => void sender.push(message),
      drop: (error) => (error === undefined ? message.sent.resolve({}) : message.sent.reject(error)),
    };
  }

  /**
   * Says the next page of what was too long, in the run of whoever asks for it: the page, what is left, and the run's
   * log are one write. It is a part of what has passed the streams, and does not pass them again. Undefined: there is
   * none.
   */
  async more(event: Event, run: Run, { reader = "", over }: Manner = {}): Promise<Sent | undefined> {
    const { journal, sender } = this.#options;
    const find = () => this.#rests.find(event, reader);
    for (let found = await find(); found; found = await find()) {
      const { text, format } = found.row;
      const out = { ...replyEvent(event, { data: text, ...(format && { format }) }), run: run.id };
      const cut = this.#cut(out);
      const message = sender.message({ ...out, data: withNote(cut) }, { over });
      const changes = [...sender.changesOf(message), this.#rests.take(found, cut.rest)];
      if (await journal.append(run, { kind: "reply" }, changes))
        return { page: cut.page, sent: this.#tracked(sender.push(message)) };
      // Somebody else in the room was quicker, or the run is not ours any more.
      if ((await journal.store.get(found.key))?.version === found.version) throw takenOver();
    }
    return undefined;
  }

  /** Says something that the store does not know of: what it says is that the store does not work. */
  tell(event: Event): Promise<Receipt> {
    return this.#deliver(event, (out) => {
      const data = withNote(this.#cut(out), ", which I cannot keep now");
      return this.#options.sender.deliver({ ...out, data });
    });
  }

  /** Resolves when all that was said has been sent, or refused. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.allSettled(this.#sending);
  }

  #deliver(event: Event, send: (event: Event) => Promise<Receipt>): Promise<Receipt> {
    const { redact, maxReply } = this.#options;
    const sent = this.#through(event, (out) => send(presentable(out, redact, maxReply)));
    // A stream may forget to return what `next` gave it.
    return this.#tracked(sent.then((receipt: Receipt | undefined) => receipt ?? {}));
  }

  /** Each stream around the next, the sending in the middle. */
  async #through(event: Event, send: (event: Event) => Promise<Receipt>, at = 0): Promise<Receipt> {
    const stream = this.#layers[at];
    if (!stream) return send(event);
    let hasEntered = false;
    return stream.send!(event, async (changed = event) => {
      if (hasEntered) throw new Error("next() was called twice");
      hasEntered = true;
      return this.#through(changed, send, at + 1);
    });
  }

  #tracked(sent: Promise<Receipt>): Promise<Receipt> {
    this.#sending.add(sent);
    const gone = () => this.#sending.delete(sent);
    sent.then(gone, gone);
    return sent;
  }

  /** The message for its room, with what is left for `more`. */
  async #message(event: Event, { reader, over }: Manner, last = false): Promise<StoredMessage> {
    const cut = this.#cut(event);
    const message = this.#options.sender.message({ ...event, data: withNote(cut) }, { last, over });
    if (cut.rest === "") return message;
    return { ...message, rest: await this.#rests.add(event, cut.rest, reader) };
  }

  #cut(event: Event): Page {
    const { input } = this.#options.loops.get(event.to.input) ?? {};
    if (!input?.fits) return { page: event.data, rest: "" };
    return pageOf(event.data, (data) => {
      try {
        return input.fits!({ ...event, data });
      } catch {
        // Sending it says what is wrong with it.
        return true;
      }
    });
  }

  async #keep(message: StoredMessage, run?: Run): Promise<void> {
    const { sender, journal } = this.#options;
    const changes = sender.changesOf(message);
    if (!run) await journal.keep(changes);
    else if (!(await journal.append(run, { kind: "reply" }, changes))) throw takenOver();
  }
}

function takenOver(): BotError {
  return new BotError("cancelled", "another bot has taken over this run");
}

/** The event that a reply goes out as. */
export function replyEvent(event: Event, reply: Reply): Event {
  return replyTo(event, reply, newId(), Date.now());
}

/** The event that something unasked goes out as. Throws `invalid` for an address that cannot be read. */
export function eventTo(to: Address | string, reply: Reply): Event {
  const address = typeof to === "string" ? parseAddress(to) : to;
  return {
    ...contentOf(reply),
    id: newId(),
    type: "text",
    from: { input: address.input, room: address.room },
    to: address,
    addressed: false,
    assurance: 2,
    time: Date.now(),
    meta: {},
  };
}
