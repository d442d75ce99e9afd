import { BotError, type Entry, type Store } from "@micro-bot/core";
import { baseOf, headOf } from "./chain.ts";
import {
  type AuditRecord,
  GENESIS,
  HEAD,
  isLost,
  isSealed,
  keyOf,
  type Place,
  RECORDS,
  recordOf,
} from "./record.ts";

/** How a chain was broken. */
export type Break = "changed" | "missing" | "moved" | "cut";

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** A place that somebody noted: its record must have a hash that begins so. */
  readonly noted?: Place;
  /** Told from time to time how many records were read. */
  readonly progress?: (records: number) => Promise<void>;
}

/** What was proved. */
export interface Proof {
  readonly records: number;
  readonly head: Place;
  /** What was cut from the front, by the word of the chain itself. */
  readonly base: Place;
  readonly first?: AuditRecord;
  readonly last?: AuditRecord;
}

/** Records between two looks at the signal and the clock. */
const STRIDE = 256;

/**
 * Reads the whole chain, one record at a time, and proves that it is as it was written. Throws `failed` with the first
 * place that is not, `detail` being its `kind` and `seq`. Bots may go on writing meanwhile.
 */
export async function verify(store: Store, options: VerifyOptions = {}): Promise<Proof> {
  for (;;) {
    const base = await baseOf(store);
    try {
      return await walk(store, base, options);
    } catch (error) {
      // Older records were cut while they were read: begin where the chain begins now.
      if ((await baseOf(store)).version === base.version) throw error;
    }
  }
}

async function walk(store: Store, base: Place, options: VerifyOptions): Promise<Proof> {
  const { signal, noted, progress } = options;
  const begin = await headOf(store);
  let last: Place = base;
  let first: AuditRecord | undefined;
  let cut: Place = GENESIS;
  let count = 0;
  for await (const entry of store.list(RECORDS, base.seq > 0 ? { after: keyOf(base.seq) } : {})) {
    const record = follows(entry, last);
    if (record.seq === begin.seq && record.hash !== begin.hash)
      throw broken("changed", record.seq, "it is not the one that the head names, or the head was changed");
    if (record.seq === noted?.seq) checkNoted(record, noted);
    if (record.kind === "mended")
      throw broken(
        "cut",
        record.seq,
        "the head could not be read then, and records before it may be missing",
      );
    if (record.kind === "cut") cut = record.upTo ?? GENESIS;
    first ??= record;
    last = record;
    if (++count % STRIDE > 0) continue;
    signal?.throwIfAborted();
    await progress?.(count);
  }
  await checkEnd(store, begin, last);
  if (base.seq !== cut.seq || (base.seq > 0 && base.hash !== cut.hash))
    throw broken(
      "missing",
      cut.seq + 1,
      "the records up to the first one are gone, and none says that they were cut",
    );
  if (noted && (noted.seq > last.seq || noted.seq <= base.seq)) throw unnoted(noted, base);
  return {
    records: count,
    head: { seq: last.seq, hash: last.hash },
    base,
    ...(first && { first, last: last as AuditRecord }),
  };
}

/** The entry as the record that follows a place. */
function follows({ key, value }: Entry, { seq, hash }: Place): AuditRecord {
  const due = keyOf(seq + 1);
  if (key > due) throw broken("missing", seq + 1, gap(key, seq + 1));
  const record = recordOf(value);
  const next = seq + 1;
  if (isLost(value)) throw broken("changed", next, "it could not be read, and was put aside");
  if (key < due || !record) throw broken("changed", next, `what is at ${key} is no record`);
  if (!isSealed(record)) throw broken("changed", next, "it does not have the hash that was written with it");
  if (record.seq !== next) throw broken("moved", next, `record ${record.seq} is in its place`);
  if (record.prev !== hash)
    throw broken("changed", next, `it follows another record ${seq} than the one that is there`);
  return record;
}

function gap(key: string, from: number): string {
  const to = Number(key.slice(RECORDS.length)) - 1;
  return to > from ? `it is not there, nor is any up to ${to}` : "it is not there";
}

async function checkEnd(store: Store, begin: Place, last: Place): Promise<void> {
  if (last.seq < begin.seq)
    throw broken(
      "cut",
      last.seq + 1,
      `the head says that there are records up to ${begin.seq}: the tail was cut`,
    );
  // Written with each record, and read after the last: it cannot be behind.
  const end = await headOf(store);
  if (end.seq < last.seq) throw broken("changed", last.seq, `the ${HEAD} was set back to ${end.seq}`);
  if (end.seq === last.seq && end.hash !== last.hash)
    throw broken("changed", last.seq, "it is not the one that the head names, or the head was changed");
}

function checkNoted(record: AuditRecord, noted: Place): void {
  if (record.hash.startsWith(noted.hash)) return;
  throw broken(
    "changed",
    record.seq,
    `its hash begins ${record.hash.slice(0, noted.hash.length)}, and ${noted.hash} was noted`,
  );
}

function unnoted({ seq }: Place, base: Place): BotError {
  if (seq <= base.seq)
    return new BotError("not_found", `record ${seq} was cut by --audit_keep: note a newer one`);
  return broken("cut", seq, "it was noted, and the chain ends before it");
}

/** The error that names a place and what is wrong with it. */
export function broken(kind: Break, seq: number, why: string): BotError {
  return new BotError("failed", `broken at record ${seq}, ${kind}: ${why}`, { detail: { kind, seq } });
}
