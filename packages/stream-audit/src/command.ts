import { BotError, type Command, type Content, type Context, newCommand, type Store } from "@micro-bot/core";
import { formatUtc } from "@micro-bot/kit";
import { compare } from "./compare.ts";
import { find, queryOf } from "./query.ts";
import { type AuditRecord, lineOf, type Place } from "./record.ts";
import { table } from "./table.ts";
import { type Proof, verify } from "./verify.ts";

export interface Audited {
  readonly store: Store;
  /** The file that records are also written to. */
  readonly file: string | undefined;
}

/** Records that an answer shows in words; and from how many on they are also given as a file. */
const SHOWN = 200;
const FILED = 40;
/** A long chain takes its time, in milliseconds. */
const TIMEOUT = 600_000;
const PROGRESS = 1000;
/** The least of a hash that proves anything, in hexadecimal digits. */
const DIGITS = 16;

const HELP = `audit shows the last 20 records: who asked what where, what decided and what came of it.
audit last 50, audit by slack:U061F7AUR, audit command deploy, audit run ID, audit since 2h,
audit between 2026-01-31 and 2026-02-01 17:30 (UTC); they may be combined.
audit verify proves that no record was changed, removed or moved; audit verify SEQ:HASH also that a place is as noted.`;

/** `audit`: what was recorded, and the proof that it is whole. */
export function auditCommand(audited: () => Audited): Command {
  return newCommand(
    "audit",
    "audit [last N] [by PERSON] [command NAME] [since TIME], audit verify",
    "Shows who did what, or proves that the record is whole",
    async (args, ctx) => {
      const { store, file } = audited();
      if (args[1]?.toLowerCase() === "verify")
        return proof(await proved(args.slice(2), ctx, store, file), file);
      return shown(await find(store, queryOf(args.slice(1), Date.now()), ctx.signal));
    },
    { help: HELP, access: "operator", rerun: "safe", timeout: TIMEOUT },
  );
}

function shown(records: readonly AuditRecord[]): string | Content {
  if (records.length === 0) return "nothing of that is recorded";
  const data = table(records.slice(-SHOWN));
  if (records.length <= FILED) return { data, format: "code" };
  const lines = records.map(lineOf).join("");
  const files = [{ name: "audit.jsonl", type: "application/x-ndjson", data: lines }];
  const missing = records.length - SHOWN;
  const note = missing > 0 ? `… ${missing} older ones are in audit.jsonl\n` : "";
  return { data: note + data, format: "code", files };
}

interface Proved extends Proof {
  /** Records in the file. */
  readonly lines?: number;
}

async function proved(
  words: readonly string[],
  ctx: Context,
  store: Store,
  file: string | undefined,
): Promise<Proved> {
  const noted = notedOf(words);
  const progress = progressOf(ctx);
  const found = await verify(store, { signal: ctx.signal, progress, ...(noted && { noted }) });
  if (file === undefined) return found;
  return { ...found, lines: await compare(file, store, ctx.signal) };
}

function notedOf(words: readonly string[]): Place | undefined {
  const [word, more] = words;
  if (word === undefined) return undefined;
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]+)$/i.exec(word) ?? [];
  if (more !== undefined || seq === undefined || hash === undefined || hash.length < DIGITS)
    throw new BotError(
      "invalid",
      `'${more ?? word}' is no noted head: write audit verify, or audit verify SEQ:HASH with ${DIGITS} digits of the hash or more`,
    );
  return { seq: Number(seq), hash: hash.toLowerCase() };
}

/** In one place, each second, where the network can edit; nothing where it cannot. */
function progressOf(ctx: Context): (records: number) => Promise<void> {
  let next = performance.now() + PROGRESS;
  let edit: string | undefined;
  return async (records) => {
    if (performance.now() < next) return;
    const data = `${records} records so far …`;
    const said = await ctx.reply({ data, ...(edit !== undefined && { edit }) });
    edit = said.id;
    next = edit === undefined ? Infinity : performance.now() + PROGRESS;
  };
}

function proof({ records, first, last, head, base, lines }: Proved, file: string | undefined): string {
  if (!first || !last) return base.seq > 0 ? `no records since ${base.seq}` : "no records yet";
  const parts = [
    `${records} records, unbroken, from ${first.seq} (${formatUtc(first.at)}) to ${last.seq} (${formatUtc(last.at)} UTC), head ${head.seq}:${head.hash}`,
    ...(base.seq > 0
      ? [`records up to ${base.seq} were cut by --audit_keep: this proves what came after`]
      : []),
    ...(lines === undefined ? [] : [`${lines} records in ${file} are the same`]),
  ];
  return parts.join("\n");
}
