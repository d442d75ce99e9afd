import {
  type Address,
  BotError,
  contentOf,
  type Event,
  parseAddress,
  type Receipt,
  type Reply,
  replyTo,
  type Store,
  type Stream,
} from "@micro-bot/core";
import { type Layer, onion } from "../line/onion.ts";
import type { Prepared } from "../line/parts.ts";
import type { Redact } from "../secrets.ts";
import { newId } from "../state/id.ts";
import type { Run, Runs } from "../state/journal.ts";
import { settle } from "../store.ts";
import { clean, cut } from "../text.ts";
import { type Page, pageOf, withNote } from "./page.ts";
import { Rests } from "./rests.ts";
import type { Outbox, Parcel } from "./sender.ts";

export interface PostOptions {
  readonly streams: readonly Stream[];
  readonly outbox: Outbox;
  readonly runs: Runs;
  readonly store: Store;
  readonly redact: Redact;
  /** Longest text, in characters: all its pages together. */
  readonly maxReply: number;
  /** Whether a message goes out as one reply, where it goes. */
  readonly fits: (event: Event) => boolean;
}

/** A page that is on its way. */
export interface Sent {
  readonly page: string;
  /** Resolves when the network took it. */
  readonly sent: Promise<Receipt>;
}

/** How something is said. */
export interface Manner {
  /** Who may ask for the rest of it: see `readerOf`. */
  readonly reader?: string;
  /** Aborts when its person wants to hear no more of it. */
  readonly over?: AbortSignal | undefined;
}

/** How long a stream may hold what a run says last before the run ends without it, in milliseconds. */
const PATIENCE = 5000;

type StoredParcel = Parcel & { readonly key: string };

/** Everything that is said leaves here: through the streams, tidied, cut to what fits, stored, and into the outbox. */
export class Post {
  readonly #options: PostOptions;
  readonly #streams: (event: Event, core: (event: Event) => Promise<Receipt>) => Promise<Receipt>;
  readonly #sending = new Set<Promise<unknown>>();
  readonly #rests: Rests;

  constructor(options: PostOptions) {
    this.#options = options;
    this.#rests = new Rests(options.store, options.maxReply);
    this.#streams = onion(
      options.streams.flatMap((stream): Layer<Event, Receipt>[] =>
        stream.send ? [(event, next) => stream.send!(event, next)] : [],
      ),
    );
  }

  /**
   * Says something now. Resolves when the network took it. With a run, the run's log has it. What is too long for one
   * reply waits for `more` said by the reader (see `readerOf`), or by anybody in that room.
   */
  say(event: Event, run?: Run, manner: Manner = {}): Promise<Receipt> {
    return this.#deliver(event, async (out) => {
      const parcel = await this.#parcel(out, manner);
      await this.#keep(parcel, run);
      return this.#options.outbox.push(parcel);
    });
  }

  /** Takes a message through the streams, to be stored by whoever asks; a stream that holds it too long sends it later. */
  async prepare(event: Event, manner: Manner = {}): Promise<Prepared> {
    const reached = Promise.withResolvers<StoredParcel | undefined>();
    let late = false;
    const sent = this.#deliver(event, async (out) => {
      const parcel = await this.#parcel(out, manner, true);
      if (!late) {
        reached.resolve(parcel);
        return parcel.sent.promise;
      }
      await this.#keep(parcel);
      return this.#options.outbox.push(parcel);
    });
    const none = () => reached.resolve(undefined);
    const timer = setTimeout(() => {
      late = true;
      none();
    }, PATIENCE);
    sent.then(none, none);
    const parcel = await reached.promise;
    clearTimeout(timer);
    return { sent, ...(parcel && { parcel }) };
  }

  /**
   * Says the next page of what was too long, in the run of whoever asks for it: the page, what is left, and the run's
   * log are one write. It is a part of what has passed the streams, and does not pass them again. Undefined: there is
   * none.
   */
  async more(event: Event, run: Run, { over }: Manner = {}): Promise<Sent | undefined> {
    const { runs, outbox, store } = this.#options;
    for (let found = await this.#rests.find(event); found; found = await this.#rests.find(event)) {
      const { text, format } = found.row;
      const out = { ...replyEvent(event, { data: text, ...(format && { format }) }), run: run.id };
      const cut = this.#cut(out);
      const parcel = outbox.stamp({ ...out, data: withNote(cut) }, { over });
      const changes = [...outbox.changesOf(parcel), this.#rests.take(found, cut.rest)];
      if (await runs.append(run, { kind: "reply" }, changes))
        return { page: cut.page, sent: this.#tracked(outbox.push(parcel)) };
      // Somebody else in the room was quicker, or the run is not ours any more.
      if ((await store.get(found.key))?.version === found.version) throw takenOver();
    }
    return undefined;
  }

  /** Says something that the store does not know of: what it says is that the store does not work. */
  tell(event: Event): Promise<Receipt> {
    return this.#deliver(event, (out) => {
      const data = withNote(this.#cut(out), ", which I cannot keep now");
      return this.#options.outbox.deliver({ ...out, data });
    });
  }

  /** Resolves when all that was said has been sent, or refused. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.allSettled(this.#sending);
  }

  #deliver(event: Event, core: (event: Event) => Promise<Receipt>): Promise<Receipt> {
    return this.#tracked(this.#through(event, core));
  }

  #tracked(sent: Promise<Receipt>): Promise<Receipt> {
    this.#sending.add(sent);
    const gone = () => this.#sending.delete(sent);
    sent.then(gone, gone);
    return sent;
  }

  async #through(event: Event, core: (event: Event) => Promise<Receipt>): Promise<Receipt> {
    const receipt: Receipt | undefined = await this.#streams(event, (out) => core(this.#presentable(out)));
    // A stream may forget to return what `next` gave it.
    return receipt ?? {};
  }

  /** The message for the outbox, with what is left for `more`. */
  async #parcel(event: Event, { reader, over }: Manner, last = false): Promise<StoredParcel> {
    const cut = this.#cut(event);
    const parcel = this.#options.outbox.stamp({ ...event, data: withNote(cut) }, { last, over });
    if (cut.rest === "") return parcel;
    return { ...parcel, rest: await this.#rests.add(event, cut.rest, reader) };
  }

  #cut(event: Event): Page {
    return pageOf(event.data, (data) => {
      try {
        return this.#options.fits({ ...event, data });
      } catch {
        // Sending it says what is wrong with it.
        return true;
      }
    });
  }

  async #keep(parcel: StoredParcel, run?: Run): Promise<void> {
    const { outbox, runs, store } = this.#options;
    const changes = outbox.changesOf(parcel);
    if (!run) await settle(store, changes, { mine: async () => changes.map(() => 0) });
    else if (!(await runs.append(run, { kind: "reply" }, changes))) throw takenOver();
  }

  #presentable(event: Event): Event {
    const tidy = (text: string) => clean(this.#options.redact(text));
    return {
      ...event,
      data: cut(tidy(event.data), this.#options.maxReply),
      ...(event.choices && { choices: event.choices.map(tidy) }),
      ...(event.subject !== undefined && { subject: tidy(event.subject).replaceAll("\n", " ") }),
      ...(event.files && { files: event.files.map((file) => ({ ...file, name: tidy(file.name) })) }),
    };
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
