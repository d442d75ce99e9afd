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
import { newId } from "./id.ts";
import { type Layer, onion } from "./onion.ts";
import type { Outbox, Parcel } from "./outbox.ts";
import type { Run, Runs } from "./runs.ts";
import type { Redact } from "./secrets.ts";
import { settle } from "./store.ts";
import { clean, cut } from "./text.ts";
import type { Prepared } from "./turn-bot.ts";

export interface PostOptions {
  readonly streams: readonly Stream[];
  readonly outbox: Outbox;
  readonly runs: Runs;
  readonly store: Store;
  readonly redact: Redact;
  /** Longest text, in characters. */
  readonly maxReply: number;
}

/** How long a stream may hold what a run says last before the run ends without it, in milliseconds. */
const PATIENCE = 5000;

/** Everything that is said leaves here: through the streams, tidied, stored, and into the outbox. */
export class Post {
  readonly #options: PostOptions;
  readonly #streams: (event: Event, core: (event: Event) => Promise<Receipt>) => Promise<Receipt>;
  readonly #sending = new Set<Promise<unknown>>();

  constructor(options: PostOptions) {
    this.#options = options;
    this.#streams = onion(
      options.streams.flatMap((stream): Layer<Event, Receipt>[] =>
        stream.send ? [(event, next) => stream.send!(event, next)] : [],
      ),
    );
  }

  /** Says something now. Resolves when the network took it. With a run, the run's log has it. */
  say(event: Event, run?: Run): Promise<Receipt> {
    return this.#deliver(event, async (out) => {
      const parcel = this.#options.outbox.stamp(out);
      await this.#keep(parcel, run);
      return this.#options.outbox.push(parcel);
    });
  }

  /** Takes a message through the streams, to be stored by whoever asks; a stream that holds it too long sends it later. */
  async prepare(event: Event): Promise<Prepared> {
    const reached = Promise.withResolvers<(Parcel & { readonly key: string }) | undefined>();
    let late = false;
    const sent = this.#deliver(event, async (out) => {
      const parcel = this.#options.outbox.stamp(out, { last: true });
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

  /** Says something that the store does not know of: what it says is that the store does not work. */
  tell(event: Event): Promise<Receipt> {
    return this.#deliver(event, (out) => this.#options.outbox.deliver(out));
  }

  /** Resolves when all that was said has been sent, or refused. */
  async idle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.allSettled(this.#sending);
  }

  #deliver(event: Event, core: (event: Event) => Promise<Receipt>): Promise<Receipt> {
    const sent = this.#streams(event, (out) => core(this.#presentable(out)));
    this.#sending.add(sent);
    const gone = () => this.#sending.delete(sent);
    sent.then(gone, gone);
    return sent;
  }

  async #keep(parcel: Parcel & { readonly key: string }, run?: Run): Promise<void> {
    const { outbox, runs, store } = this.#options;
    const change = outbox.changeOf(parcel);
    if (!run) await settle(store, [change], { mine: async () => [0] });
    else if (!(await runs.append(run, { kind: "reply" }, [change])))
      throw new BotError("cancelled", "another bot has taken over this run");
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
