import { BotError, type Store } from "@micro-bot/core";
import { parseDuration } from "@micro-bot/kit";
import { headOf } from "./chain.ts";
import { type AuditRecord, keyOf, RECORDS, recordOf } from "./record.ts";

/** Which records are asked for. */
export interface Query {
  readonly last: number;
  readonly by?: string;
  readonly command?: string;
  readonly run?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
}

const SHOWN = 20;
const MOST = 1000;
/** Records read at a time, and how many pages that are all too old end the search: clocks are set back now and then. */
const PAGE = 200;
const OLD = 3;
const WEEK_MS = 604_800_000;
const FORMS =
  "audit [last N] [by PERSON] [command NAME] [run ID] [since TIME] [between TIME and TIME], or audit verify";

/** Reads the words after `audit`. Throws `invalid` naming the word that cannot be used. */
export function queryOf(words: readonly string[], now: number): Query {
  const query: { -readonly [K in keyof Query]?: Query[K] } = {};
  const left = [...words];
  const taken = (word: string) => {
    const value = left.shift();
    if (value === undefined) throw invalid(`${word} what?`);
    return value;
  };
  while (left.length > 0) {
    const word = left.shift()!.toLowerCase();
    if (word === "last") query.last = count(taken(word));
    else if (word === "by" || word === "command" || word === "run") query[word] = taken(word).toLowerCase();
    else if (word === "since") query.since = time(left, word, now);
    else if (word === "between") {
      query.since = time(left, word, now);
      if (left.shift()?.toLowerCase() !== "and")
        throw invalid("between needs two times with 'and' between them");
      query.until = time(left, "and", now);
      if (query.until < query.since) throw invalid("the second time of between is before the first");
    } else throw invalid(`I do not know '${word}'`);
  }
  const all = query.since !== undefined || query.run !== undefined;
  return { ...query, last: query.last ?? (all ? MOST : SHOWN) };
}

/** The newest records that fit, the oldest of them first. */
export async function find(store: Store, query: Query, signal: AbortSignal): Promise<AuditRecord[]> {
  const found: AuditRecord[] = [];
  let old = 0;
  for (let to = (await headOf(store)).seq; to > 0 && found.length < query.last && old < OLD; to -= PAGE) {
    signal.throwIfAborted();
    const page = await pageUpTo(store, to);
    // Cut: nothing older is there.
    if (page.length === 0) break;
    old = page.every(({ at }) => at < (query.since ?? -Infinity)) ? old + 1 : 0;
    found.push(...page.filter((record) => fits(record, query)).reverse());
  }
  return found.slice(0, query.last).reverse();
}

async function pageUpTo(store: Store, to: number): Promise<AuditRecord[]> {
  const from = Math.max(0, to - PAGE);
  const page: AuditRecord[] = [];
  for await (const { value } of store.list(RECORDS, { after: keyOf(from), limit: to - from })) {
    const record = recordOf(value);
    if (record && record.seq <= to) page.push(record);
  }
  return page;
}

function fits(record: AuditRecord, { by, command, run, since, until }: Query): boolean {
  if (since !== undefined && record.at < since) return false;
  if (until !== undefined && record.at > until) return false;
  if (command !== undefined && record.command?.toLowerCase() !== command) return false;
  if (run !== undefined && record.run?.toLowerCase() !== run) return false;
  return by === undefined || isBy(record, by);
}

/** A person is asked for by account, by the network's id of them alone, or by their name in the access file. */
function isBy({ account, person }: AuditRecord, by: string): boolean {
  if (person?.toLowerCase() === by) return true;
  const own = account?.toLowerCase();
  return own === by || own?.slice(own.indexOf(":") + 1) === by;
}

function count(word: string): number {
  const number = Number(word);
  if (!/^\d+$/.test(word) || number < 1 || number > MOST)
    throw invalid(`'${word}' is no number of records from 1 to ${MOST}`);
  return number;
}

/** `2h` ago, or a time of UTC: a day, or a day with its time in the same word or the next. */
function time(left: string[], word: string, now: number): number {
  const first = left.shift();
  if (first === undefined) throw invalid(`${word} when?`);
  const [, weeks] = /^(\d+(?:\.\d+)?)w$/i.exec(first) ?? [];
  const ago = weeks === undefined ? parseDuration(first.toLowerCase()) : Number(weeks) * WEEK_MS;
  if (ago !== undefined) return now - ago;
  const clock =
    /^\d{4}-\d\d-\d\d$/.test(first) && /^\d\d:\d\d(?::\d\d)?$/.test(left[0] ?? "") ? left.shift() : undefined;
  const [, day, hour = "00:00"] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)Z?)?$/i.exec(first) ?? [];
  const found = Date.parse(`${day}T${clock ?? hour}Z`);
  if (Number.isNaN(found))
    throw invalid(`'${first}' is no time: write 2h, 3d, 2026-01-31 or 2026-01-31 17:30 (UTC)`);
  return found;
}

function invalid(what: string): BotError {
  return new BotError("invalid", `${what}: write ${FORMS}`);
}
