import { nextRun } from "../src/schedule.ts";

const DAY = 86_400_000;

/** All IANA zones that this Node knows. */
export function zones(): string[] {
  return Intl.supportedValuesOf("timeZone");
}

/** The date there, as 2026-03-29. */
export function localDate(at: number, zone: string): string {
  return formatted(at, zone).slice(0, 10);
}

/** Minutes since midnight there, by the clock on the wall. */
export function localTime(at: number, zone: string): number {
  const [hour, minute] = formatted(at, zone).slice(11, 16).split(":").map(Number);
  return hour! * 60 + minute!;
}

/**
 * What is wrong with the runs of a daily job over ten years from 2026 (or so many days): each day must have one, at its
 * time by the clock on the wall, or later where that time is left out. Empty when nothing is.
 */
export function tenYears(zone: string, hour: number, minute: number, { days = 3652 } = {}): string[] {
  const when = { cron: `${minute} ${hour} * * *`, zone };
  const wrong: string[] = [];
  let at = Date.UTC(2026, 0, 2);
  let date = "";
  for (let day = 0; day < days; day++) {
    const next = nextRun(when, at, 0);
    if (next === undefined) return [...wrong, `${zone}: no run after ${new Date(at).toISOString()}`];
    const today = localDate(next, zone);
    const time = localTime(next, zone);
    const where = `${zone} ${hour}:${minute} ${new Date(next).toISOString()}`;
    if (date !== "" && today !== dayAfter(date)) wrong.push(`${where}: the run before was on ${date}`);
    if (time < hour * 60 + minute) wrong.push(`${where}: early`);
    // A change moves the clock by two hours at most.
    if (time > hour * 60 + minute + 120) wrong.push(`${where}: late`);
    at = next;
    date = today;
  }
  return wrong;
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00Z`) + DAY).toISOString().slice(0, 10);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatted(at: number, zone: string): string {
  let format = formats.get(zone);
  if (!format) {
    const fields = {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    } as const;
    format = new Intl.DateTimeFormat("sv", { timeZone: zone, hourCycle: "h23", ...fields });
    formats.set(zone, format);
  }
  return format.format(at);
}
