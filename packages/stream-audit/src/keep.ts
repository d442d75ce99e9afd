import { BotError, type Change, type Store } from "@micro-bot/core";
import { parseDuration } from "@micro-bot/kit";
import { baseOf } from "./chain.ts";
import { BASE, keyOf, type Place, RECORDS, recordOf } from "./record.ts";

/** Older records that may go, and the changes that remove them. */
export interface Cut {
  readonly upTo: Place;
  readonly why: string;
  readonly changes: readonly Change[];
}

/** What is kept: so many records, or those of so many milliseconds. */
export type Kept = { readonly records: number } | { readonly ms: number };

/** Records that are removed in one write. */
const STEP = 500;
/** How often is looked for what is too old, in milliseconds. */
const LOOK = 60_000;

/** Reads `--audit_keep`: `100000` records, or the records of `90d`. Throws `config`. */
export function keptOf(text: string): Kept {
  const [, amount, unit] = /^(\d+)([smhd]?)$/.exec(text.trim()) ?? [];
  const number = Number(amount);
  if (amount === undefined || number === 0 || !Number.isSafeInteger(number))
    throw new BotError(
      "config",
      `[stream-audit] audit_keep: '${text}' is neither a number of records, as 100000, nor a time, as 90d`,
    );
  return unit ? { ms: parseDuration(text)! } : { records: number };
}

/** Cuts the front of the chain in steps, each in one write with a record that says so. */
export class Keep {
  readonly #kept: Kept;
  readonly #text: string;
  #next = 0;
  #base = 0;

  constructor(text: string) {
    this.#kept = keptOf(text);
    this.#text = text.trim();
  }

  /** The next step, when one is due. */
  async due(store: Store, head: number, now: number): Promise<Cut | undefined> {
    if (!this.#look(head, now)) return undefined;
    const base = await baseOf(store);
    this.#base = base.seq;
    const old: Place[] = [];
    const limit = this.#surplus(head);
    for await (const { value } of store.list(RECORDS, { after: keyOf(base.seq), limit })) {
      const record = recordOf(value);
      // What is not as it was written stays where it is, to be found.
      if (record?.seq !== base.seq + old.length + 1) break;
      if ("ms" in this.#kept && record.at >= now - this.#kept.ms) break;
      old.push(record);
    }
    const last = old.at(-1);
    if (!last) return undefined;
    this.#base = last.seq;
    // As long as there are whole steps to go, the next one is soon.
    if (old.length === STEP) this.#next = now;
    const upTo = { seq: last.seq, hash: last.hash };
    return {
      upTo,
      why: `--audit_keep=${this.#text}`,
      changes: [
        { key: BASE, value: { ...upTo }, version: base.version },
        ...old.map(({ seq }) => ({ key: keyOf(seq) })),
      ],
    };
  }

  #look(head: number, now: number): boolean {
    if ("records" in this.#kept) {
      // Not with each record: that would be a record for each record.
      const slack = Math.min(STEP, Math.ceil(this.#kept.records / 10));
      return head - this.#base >= this.#kept.records + slack;
    }
    // A clock that was set back must not end it.
    if (now < this.#next && now > this.#next - 2 * LOOK) return false;
    this.#next = now + LOOK;
    return true;
  }

  #surplus(head: number): number {
    if (!("records" in this.#kept)) return STEP;
    return Math.max(0, Math.min(STEP, head - this.#base - this.#kept.records));
  }
}
