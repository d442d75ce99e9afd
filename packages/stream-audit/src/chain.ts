import { BotError, type Change, codeOf, type Entry, type Json, messageOf, type Store } from "@micro-bot/core";
import { pause } from "@micro-bot/kit";
import type { Keep } from "./keep.ts";
import type { Lines } from "./lines.ts";
import {
  type AuditRecord,
  BASE,
  type Facts,
  GENESIS,
  HEAD,
  isLost,
  isPlace,
  keyOf,
  lineOf,
  type Place,
  RECORDS,
  recordOf,
  seal,
} from "./record.ts";

export interface ChainOptions {
  readonly store: Store;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Where records are also written, a line each. */
  readonly lines?: Lines;
  /** What is cut from the front. */
  readonly keep?: Keep;
  /** Waits before another try: so many milliseconds. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Told of what did not work and stops nobody. */
  readonly warn: (message: string) => void;
}

interface Waiting {
  readonly facts: Facts;
  readonly at: number;
  readonly done: PromiseWithResolvers<AuditRecord>;
}

/** The end of the chain, as the store has it. */
interface Head extends Place {
  readonly version: number;
}

/** Records that wait, and in one write, at most. */
const QUEUE = 10_000;
const BATCH = 256;
/** Characters of text in one write, about. */
const WEIGHT = 1_000_000;
/** Pauses between tries of a write that fails, in milliseconds: then those who wait are told. */
const PAUSES = [50, 200, 800, 1600, 2000];

/**
 * The chain of records in the store, one for all bots that share it. What comes while a write is under way goes into the
 * next one; a record is resolved when it is safe, and rejected when it is not, or when nobody can say.
 */
export class Chain {
  readonly #options: ChainOptions;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #head: Head | undefined;
  #trouble: string | undefined;

  constructor(options: ChainOptions) {
    this.#options = options;
  }

  /** Records that wait to be written. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Why the last write failed; undefined when it did not. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The last place that is known. */
  get head(): Place | undefined {
    return this.#head;
  }

  /** Writes down what happened. Rejects with `limited` when too much waits, else with what the store or the file says. */
  append(facts: Facts): Promise<AuditRecord> {
    if (this.#waiting.length >= QUEUE)
      return Promise.reject(new BotError("limited", `${QUEUE} records wait to be written`));
    const done = Promise.withResolvers<AuditRecord>();
    this.#waiting.push({ facts, at: this.#options.now(), done });
    this.#running ??= this.#run();
    return done.promise;
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // Those who speak in the same moment are written together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        const records = await this.#write(batch);
        this.#trouble = undefined;
        for (const [i, { done }] of batch.entries()) done.resolve(records[i]!);
        await this.#cut();
      } catch (error) {
        this.#trouble = messageOf(error);
        // Whoever waited while nothing could be written need not wait for the same again.
        for (const { done } of [...batch, ...this.#waiting.splice(0)]) done.reject(error);
      }
    }
    this.#running = undefined;
  }

  #take(): readonly Waiting[] {
    let weight = 0;
    const heavy = this.#waiting.findIndex(({ facts }) => {
      weight += facts.text?.length ?? 0;
      return weight > WEIGHT;
    });
    return this.#waiting.splice(0, Math.min(BATCH, heavy < 0 ? BATCH : Math.max(1, heavy)));
  }

  async #write(batch: readonly Waiting[]): Promise<readonly AuditRecord[]> {
    const { lines } = this.#options;
    // A file that cannot be written is known before the store has what the file would lack.
    await lines?.ready();
    const records = await this.#settle((head) => ({ records: sealed(batch, head), others: [] }));
    await lines?.write(records.map(lineOf).join(""));
    return records;
  }

  /** Removes what need not be kept, and says so in the chain. What goes wrong stops nobody. */
  async #cut(): Promise<void> {
    const { keep, now, store, lines } = this.#options;
    if (!keep || !this.#head) return;
    try {
      const cut = await keep.due(store, this.#head.seq, now());
      if (!cut) return;
      const facts: Facts = { kind: "cut", upTo: cut.upTo, message: cut.why };
      const records = await this.#settle((head) => ({
        records: [seal(facts, now(), head)],
        others: cut.changes,
      }));
      await lines?.write(records.map(lineOf).join(""));
    } catch (error) {
      // Another bot may have cut the same.
      if (codeOf(error) !== "conflict") this.#options.warn(`older records are not cut: ${messageOf(error)}`);
    }
  }

  /** Writes until it is known whether it was written. A write whose outcome is unknown is looked for, not repeated. */
  async #settle(
    make: (head: Head) => { readonly records: readonly AuditRecord[]; readonly others: readonly Change[] },
  ): Promise<readonly AuditRecord[]> {
    const { store, pause: wait = pause } = this.#options;
    const pauses = [...PAUSES];
    let doubt: readonly AuditRecord[] | undefined;
    while (true) {
      let tried: readonly AuditRecord[] | undefined;
      try {
        const head: Head = this.#head ?? (await this.#load());
        this.#head = head;
        if (doubt && (await this.#made(doubt))) return doubt;
        const { records, others } = make(head);
        tried = records;
        const [version] = await store.write(changesOf(head, records, others));
        this.#head = { ...placeOf(records.at(-1)!), version: version! };
        return records;
      } catch (error) {
        const before = this.#head;
        this.#head = undefined;
        const code = codeOf(error);
        if (code === "conflict") {
          await this.#raced(error, before!);
          continue;
        }
        doubt = tried ?? doubt;
        const ms = pauses.shift();
        if (ms === undefined || code === "closed" || code === "invalid" || code === "config") throw error;
        await wait(ms);
      }
    }
  }

  async #made(records: readonly AuditRecord[]): Promise<boolean> {
    const [first] = records;
    const entry = await this.#options.store.get(keyOf(first!.seq));
    return recordOf(entry?.value)?.hash === first!.hash;
  }

  /** Another bot was quicker; or somebody has been at the store, and then no try will ever end well. */
  async #raced(error: unknown, before: Head): Promise<void> {
    const { key } = (error as { detail: { key?: string } }).detail;
    if (key === HEAD) return;
    const head = (await this.#options.store.get(HEAD))?.version ?? 0;
    if (head !== before.version) return;
    if (!key?.startsWith(RECORDS)) throw error;
    throw new BotError(
      "failed",
      `the chain is broken: there is a record after its head, ${before.seq}. Somebody has changed the store by hand: 'micro audit verify' says more`,
    );
  }

  async #load(): Promise<Head> {
    const { store } = this.#options;
    const entry = await store.get(HEAD);
    if (entry && isLost(entry.value)) return this.#mend(entry.version);
    if (entry) return { ...placeIn(entry), version: entry.version };
    for await (const { key } of store.list("", { limit: 1 }))
      throw new BotError("failed", `the chain is broken: there is ${key}, but no head`);
    return { ...GENESIS, version: 0 };
  }

  /** Goes on without the head, in a way that `verify` tells for as long as the record of it is kept. */
  async #mend(version: number): Promise<Head> {
    const { store, now, lines, warn } = this.#options;
    const base = await baseOf(store);
    let last: Place = base;
    for await (const { value } of store.list(RECORDS, { after: keyOf(base.seq) }))
      last = recordOf(value) ?? last;
    const message = `the head could not be read: the chain goes on after ${last.seq}`;
    const record = seal({ kind: "mended", message }, now(), last);
    const written = await store.write(changesOf({ ...last, version }, [record], []));
    await lines?.write(lineOf(record));
    warn(message);
    return { ...placeOf(record), version: written[0]! };
  }
}

function sealed(batch: readonly Waiting[], head: Place): AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const { facts, at } of batch) records.push(seal(facts, at, records.at(-1) ?? head));
  return records;
}

function changesOf(head: Head, records: readonly AuditRecord[], others: readonly Change[]): Change[] {
  return [
    { key: HEAD, value: { ...placeOf(records.at(-1)!) }, version: head.version },
    ...records.map((record) => ({
      key: keyOf(record.seq),
      value: record as unknown as Json,
      version: 0,
    })),
    ...others,
  ];
}

function placeOf({ seq, hash }: Place): Place {
  return { seq, hash };
}

function placeIn({ key, value }: Entry): Place {
  if (isPlace(value)) return placeOf(value);
  throw new BotError("failed", `the chain is broken: its ${key} cannot be read`);
}

/** The place that was cut up to; the beginning when nothing was. */
export async function baseOf(store: Store): Promise<Place & { readonly version: number }> {
  const entry = await store.get(BASE);
  return entry ? { ...placeIn(entry), version: entry.version } : { ...GENESIS, version: 0 };
}

/** The end of the chain by the store's word; the beginning when it has none. */
export async function headOf(store: Store): Promise<Place> {
  const entry = await store.get(HEAD);
  return entry ? placeIn(entry) : GENESIS;
}
