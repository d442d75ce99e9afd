import { BotError } from "@micro-bot/core";

/** The zone of the machine; UTC where it cannot be told. */
export function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** The zone's name, if it is one. Throws `config` otherwise. */
export function checkZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    throw new BotError("config", `[command-schedule] zone '${zone}' is no time zone: --zone=Europe/Berlin`);
  }
}

/** The time on the wall there, as if it were UTC, in milliseconds. */
export function wallOf(at: number, zone: string): number {
  return at + offsetOf(at, zone);
}

/** When the wall there shows a time (as if it were UTC). One that comes twice: the first; one left out: at the change. */
export function instantOf(wall: number, zone: string): number {
  const [early, late] = [offsetOf(wall - DAY, zone), offsetOf(wall + DAY, zone)];
  if (wallOf(wall - early, zone) === wall) return wall - early;
  if (wallOf(wall - late, zone) === wall) return wall - late;
  let [before, change] = [wall - late, wall - early];
  while (change - before > 1) {
    const middle = Math.floor((before + change) / 2);
    if (wallOf(middle, zone) < wall) before = middle;
    else change = middle;
  }
  return change;
}

/** `Tue 24 Nov 2026 at 10:10 (Europe/Berlin, UTC+1)`. */
export function words(at: number, zone: string): string {
  const wall = new Date(wallOf(at, zone)).toUTCString();
  const [, weekday, date, time] = /^(\w+), 0?(\d+ \w+ \d+) (\d\d:\d\d)/.exec(wall)!;
  return `${weekday} ${date} at ${time} (${zoneWords(at, zone)})`;
}

/** `Europe/Berlin, UTC+1`. */
export function zoneWords(at: number, zone: string): string {
  const minutes = Math.round(offsetOf(at, zone) / 60_000);
  const sign = minutes < 0 ? "-" : "+";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset =
    minutes === 0 ? "" : `${sign}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
  return zone === "UTC" ? zone : `${zone}, UTC${offset}`;
}

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function offsetOf(at: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    const two = "2-digit";
    const fields = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
    format = new Intl.DateTimeFormat("en", { timeZone: zone, hourCycle: "h23", ...fields });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
  return wall - Math.floor(at / 1000) * 1000;
}
