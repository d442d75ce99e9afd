import { nextRun } from "../src/state/schedule.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);
const TEN_YEARS = 3652;
/** Two clock changes in one zone are further apart than this. */
const STEP = 7 * DAY;
/** How far around a clock change is looked. */
const AROUND = 5 * 60 * MINUTE;

/** A clock change, at an instant. */
export interface ClockChange {
  readonly zone: string;
  readonly at: number;
}

/** All IANA zones that this Node knows. */
export function zones(): string[] {
  return Intl.supportedValuesOf("timeZone");
}

/** The time on the wall there, as if it were UTC. */
export function wallAt(at: number, zone: string): number {
  return Date.parse(`${formatOf(zone).format(at).replace(" ", "T")}Z`);
}

/** The clock changes of ten years from 2026 in all zones; those that are alike in several zones once. */
export function clockChanges(): ClockChange[] {
  const found = new Map<string, ClockChange>();
  for (const zone of zones()) {
    let before = offset(BEGIN, zone);
    for (let at = BEGIN; at < BEGIN + TEN_YEARS * DAY; at += STEP) {
      const after = offset(at + STEP, zone);
      if (after === before) continue;
      const change = { zone, at: changeBetween(at, at + STEP, zone) };
      found.set(`${change.at} ${before} ${after}`, change);
      before = after;
    }
  }
  return [...found.values()];
}

/**
 * What is wrong with jobs every quarter of an hour around a clock change. `fixed`: each time on the wall has one run,
 * when the wall shows it first or, left out, at the change. `pace`: a quarter of an hour lies between any two.
 */
export function wrongAround({ zone, at }: ClockChange, kind: "fixed" | "pace"): string[] {
  const when = { cron: kind === "fixed" ? "0,15,30,45 0-23 * * *" : "*/15 * * * *", zone };
  const [begin, end] = [at - AROUND, at + AROUND];
  const runs: number[] = [];
  for (let run = nextRun(when, begin, 0)!; run <= end; run = nextRun(when, run, 0)!) runs.push(run);
  const due = kind === "fixed" ? firstQuarters(begin, end, zone) : everyQuarter(begin, end);
  return difference(zone, runs, due);
}

/** What is wrong with the runs of a daily job over ten years from 2026, or so many days. */
export function tenYears(zone: string, hour: number, minute: number, { days = TEN_YEARS } = {}): string[] {
  const when = { cron: `${minute} ${hour} * * *`, zone };
  const first = BEGIN + DAY + hour * 60 * MINUTE + minute * MINUTE;
  const due = Array.from({ length: days }, (_, day) => reached(first + day * DAY, zone));
  const runs: number[] = [];
  for (let run = due[0]! - 1; runs.length < days; runs.push(run)) run = nextRun(when, run, 0)!;
  return difference(`${zone} ${hour}:${minute}`, runs, due);
}

/** The first minute at which the wall there shows a time, or a later one. */
function reached(wall: number, zone: string): number {
  const offsets = [offset(wall - DAY, zone), offset(wall + DAY, zone)];
  let at = wall - Math.max(...offsets);
  while (wallAt(at, zone) < wall) at += MINUTE;
  return at;
}

function everyQuarter(begin: number, end: number): number[] {
  return minutes(begin, end).filter((at) => at % (15 * MINUTE) === 0);
}

/** Minutes at which the wall comes, for the first time, to a quarter of an hour or jumps over one. */
function firstQuarters(begin: number, end: number, zone: string): number[] {
  let seen = wallAt(begin, zone);
  return minutes(begin, end).filter((at) => {
    const wall = wallAt(at, zone);
    const comes = Math.floor(wall / (15 * MINUTE)) > Math.floor(seen / (15 * MINUTE));
    seen = Math.max(seen, wall);
    return comes;
  });
}

function minutes(begin: number, end: number): number[] {
  return Array.from({ length: (end - begin) / MINUTE }, (_, i) => begin + (i + 1) * MINUTE);
}

function difference(what: string, runs: readonly number[], due: readonly number[]): string[] {
  const [ran, wanted] = [new Set(runs), new Set(due)];
  const line = (at: number, why: string) => `${what} ${new Date(at).toISOString()}: ${why}`;
  return [
    ...due.filter((at) => !ran.has(at)).map((at) => line(at, "missed")),
    ...runs.filter((at) => !wanted.has(at)).map((at) => line(at, "one too many")),
  ];
}

function changeBetween(before: number, after: number, zone: string): number {
  const middle = Math.floor((before + after) / 2 / MINUTE) * MINUTE;
  if (middle === before) return after;
  return offset(middle, zone) === offset(after, zone)
    ? changeBetween(before, middle, zone)
    : changeBetween(middle, after, zone);
}

function offset(at: number, zone: string): number {
  return wallAt(at, zone) - at;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const two = "2-digit";
    const fields = { year: "numeric", month: two, day: two, hour: two, minute: two } as const;
    format = new Intl.DateTimeFormat("sv", { timeZone: zone, hourCycle: "h23", ...fields });
    formats.set(zone, format);
  }
  return format;
}
