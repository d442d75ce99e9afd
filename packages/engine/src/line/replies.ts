import {
  type Address,
  type Change,
  type Content,
  codeOf,
  contentOf,
  type Event,
  type Log,
  messageOf,
  type Receipt,
  type Reply,
} from "@micro-bot/core";
import type { Manner } from "../out/outbox.ts";
import { readerOf } from "../out/rests.ts";
import type { Run } from "../state/journal.ts";
import { PATIENCE, settle } from "../store.ts";
import type { Prepared, TurnBot } from "./parts.ts";

type StoredParcel = NonNullable<Prepared["parcel"]>;

/** Whose words they are. */
export interface Speaker {
  readonly id: string;
  readonly event: Event;
  readonly log: Log;
  /** Absent: nothing of it is kept. */
  readonly run: Run | undefined;
}

/** All that one turn says: replies while it runs, and what is said last, kept in one write with the end of its run. */
export class Speech {
  readonly #turn: Speaker;
  readonly #bot: TurnBot;
  readonly #sending = new Set<Promise<unknown>>();
  readonly #last: Content[] = [];
  readonly #hushed = new AbortController();
  #closed = false;

  constructor(turn: Speaker, bot: TurnBot) {
    this.#turn = turn;
    this.#bot = bot;
  }

  /** With a run, it is in that run's log: what a stream says is not its command's, and a rerun must not take it for that. */
  reply(reply: Reply, run?: Run): Promise<Receipt> {
    const { signal } = this.#hushed;
    return this.#say(this.#answer(reply), run, {
      reader: readerOf(this.#turn.event),
      ...(run && { over: signal }),
    });
  }

  send(to: Address | string, reply: Reply, run?: Run): Promise<Receipt> {
    const { event, id } = this.#turn;
    return this.#say({ ...this.#bot.eventTo(to, reply), from: event.from, run: id }, run);
  }

  /** Says the next page of what was too long here. False: there is none. */
  async more(run: Run): Promise<boolean> {
    const { event } = this.#turn;
    const said = await this.#bot.more(event, run, { over: this.#hushed.signal });
    if (!said) return false;
    this.#bot.answered(event, said.page);
    this.#note(said.sent).catch(() => undefined);
    return true;
  }

  /** Is said at the end. Throws `failed` for what is no reply. */
  last(reply: Reply | undefined): void {
    if (reply === undefined) return;
    const content = contentOf(reply);
    if (content.data !== "" || content.files?.length) this.#last.push(content);
  }

  /** Drops what its command said and was not sent yet. */
  hush(): void {
    this.#hushed.abort();
  }

  /** What is said from now on is in no run's log. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when the networks took all of it, or refused it. */
  async sent(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  /**
   * The run's end and what is said last, in one write; then that is sent. When nothing ran, its person is told so after a
   * while although the store keeps nothing; what was done waits for the store, so that nobody hears of it twice.
   */
  async finish({ ran }: { readonly ran: boolean }): Promise<void> {
    const last = this.#last.splice(0);
    const parcels: StoredParcel[] = [];
    try {
      const written = await this.#ended(last, parcels, ran).catch((error) =>
        this.#unwritten(error, last, parcels),
      );
      for (const parcel of parcels) this.#push(parcel, written);
    } catch (error) {
      // Whoever waits for it to be sent must not wait for ever.
      for (const { sent } of parcels) sent.reject(error);
      throw error;
    }
  }

  async #ended(last: readonly Content[], parcels: StoredParcel[], ran: boolean): Promise<boolean> {
    const { signal } = this.#hushed;
    // What is said after it was cancelled is that.
    const over = signal.aborted ? undefined : signal;
    for (const reply of last) {
      const { parcel, sent } = await this.#bot.prepare(this.#answer(reply), {
        reader: readerOf(this.#turn.event),
        ...(over && { over }),
      });
      this.#note(sent).catch(() => undefined);
      if (parcel) parcels.push(parcel);
    }
    const changes = parcels.flatMap((parcel) => this.#bot.changesOf(parcel));
    return this.#written(changes, ran ? Infinity : PATIENCE);
  }

  #push(parcel: StoredParcel, written: boolean): void {
    if (written) this.#bot.push(parcel);
    else parcel.sent.resolve({});
  }

  /** The event that a reply goes out as. */
  #answer(reply: Reply): Event {
    const { event, id } = this.#turn;
    this.#bot.answered(event, reply);
    return { ...this.#bot.replyTo(event, reply), run: id };
  }

  #say(event: Event, run: Run | undefined, manner?: Manner): Promise<Receipt> {
    return this.#note(this.#bot.say(event, this.#closed ? undefined : run, manner));
  }

  // Not every caller waits for its receipt; a loss is in the log, and must not end the process.
  #note(sent: Promise<Receipt>): Promise<Receipt> {
    const { id, event, log } = this.#turn;
    const noted = sent.catch((error) =>
      log.warn({ run: id, to: event.from }, `a reply was not sent: ${messageOf(error)}`),
    );
    this.#sending.add(noted);
    void noted.finally(() => this.#sending.delete(noted));
    return sent;
  }

  /** Ends the run with changes in one write. False: the run is another bot's. */
  async #written(changes: readonly Change[], patience = Infinity): Promise<boolean> {
    const { run, log, id } = this.#turn;
    if (!run && changes.length === 0) return true;
    const mine = async () => changes.map(() => 0);
    const written = run
      ? await this.#bot.runs.finish(run, changes, { patience })
      : "versions" in (await settle(this.#bot.journal, changes, { patience, mine }));
    if (!written) log.warn({ run: id }, "another bot has taken over this run: its result is dropped here");
    return written;
  }

  /** The store keeps nothing: the person is told all the same, and the run ends when it does again. */
  async #unwritten(
    error: unknown,
    last: readonly Content[],
    parcels: readonly StoredParcel[],
  ): Promise<false> {
    if (codeOf(error) === "closed") throw error;
    const { id, event, log } = this.#turn;
    const why = messageOf(error);
    log.error({ run: id, err: error }, `a result cannot be kept: ${why}`);
    const words = last.map(({ data }) => data);
    const note = `(I cannot write this down: ${why}. If I end before I can, it may be tried again)`;
    if (words.length > 0) await this.#bot.tell(event, [...words, note].join("\n")).catch(() => undefined);
    // A try whose outcome was not known may have kept what has been told now.
    const told = parcels.map(({ key }) => ({ key }));
    if (!(await this.#written(told))) await settle(this.#bot.journal, told, { mine: async () => [] });
    return false;
  }
}
