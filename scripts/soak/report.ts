import type { Tally } from "./ledger.ts";

/** One number of a soak, and what was promised of it. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit?: "ms" | "%";
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Which, where it says more than the number. */
  readonly which?: readonly string[];
}

/** At least this part of what was accepted must have been done: a bot that loses nothing by doing nothing does not pass. */
const FLOOR = 50;
/** The same for a soak of fewer lines than this: most of them may fall into its kills. */
const SMALL = { lines: 20, floor: 20 };
/** Within this time of a restart people are told of what was cut, in milliseconds. */
export const TOLD_WITHIN = 10_000;

export function isBroken({ value, atMost = Infinity, atLeast = -Infinity }: Row): boolean {
  return !(value <= atMost && value >= atLeast);
}

/** A ledger's sums, with what is promised of all of them; `accepted` is the least that makes a soak one. */
export function rowsOf(tally: Tally, { accepted }: { readonly accepted: number }): Row[] {
  const whose = (what: string, which: readonly string[]): Row => ({
    what,
    value: which.length,
    atMost: 0,
    which,
  });
  const floor = accepted < SMALL.lines ? SMALL.floor : FLOOR;
  return [
    { what: "said", value: tally.said },
    { what: "accepted", value: tally.accepted, atLeast: accepted },
    { what: "had their effect", value: tally.ran },
    { what: "told: done", value: tally.done },
    { what: "told: outcome unknown", value: tally.unknown },
    { what: "told: not done", value: tally.refused },
    { what: "done of accepted", value: percent(tally.done, tally.accepted), unit: "%", atLeast: floor },
    whose("lost", tally.lost),
    whose("doubled", tally.doubled),
    whose("told done without effect", tally.hollow),
    whose("told done, with a word left out", tally.gaps),
    whose("told done and unknown", tally.contradicted),
    { what: "told done twice", value: tally.repeated },
    ...timesOf("unknown told after", tally.toldAfter, { max: TOLD_WITHIN }),
  ];
}

/** Median, 99th percentile and longest, with a bound for the last two. No rows when there are no times. */
export function timesOf(
  what: string,
  times: readonly number[],
  bounds: { readonly p99?: number; readonly max?: number } = {},
): Row[] {
  if (times.length === 0) return [];
  const row = (name: string, part: number, atMost?: number): Row => ({
    what: `${what}, ${name}`,
    value: Math.round(quantile(times, part)),
    unit: "ms",
    ...(atMost !== undefined && { atMost }),
  });
  return [row("p50", 0.5), row("p99", 0.99, bounds.p99), row("longest", 1, bounds.max)];
}

/** The smallest of the values that so large a part of them does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** Of nothing all was done: whether there should have been something is asked by another row. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.round((100 * part) / whole);
}

export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    `${row.value}${row.unit === undefined ? "" : ` ${row.unit}`}`,
    promise(row),
    verdict(row),
  ]);
  const width = (column: number) => Math.max(...cells.map((line) => line[column]!.length));
  return cells
    .map(([what, value, promised, how]) =>
      `${what!.padEnd(width(0))}  ${value!.padStart(width(1))}  ${promised!.padEnd(width(2))}  ${how}`.trimEnd(),
    )
    .join("\n");
}

function promise({ atMost, atLeast, unit }: Row): string {
  const said = (words: string, bound: number) =>
    [words, bound, unit].filter((part) => part !== undefined).join(" ");
  if (atMost !== undefined) return said("at most", atMost);
  return atLeast === undefined ? "" : said("at least", atLeast);
}

function verdict(row: Row): string {
  if (row.atMost === undefined && row.atLeast === undefined) return "";
  if (!isBroken(row)) return "kept";
  const which = row.which?.slice(0, 5).join(", ");
  return which === undefined ? "BROKEN" : `BROKEN: ${which}`;
}
