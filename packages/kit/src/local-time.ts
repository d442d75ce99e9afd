import { BotError, type ReadFlags } from "@micro-bot/core";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The local time of a zone, as if it were UTC, in milliseconds. Throws `invalid` for what is no zone. */
export function toLocal(at: number, zone: string): number {
  return at + offsetOf(at, zone);
}

/** The instant of a local time (as if it were UTC). One that comes twice: the first; one left out: at the change. */
export function toInstant(local: number, zone: string): number {
  const [early, late] = [offsetOf(local - DAY_MS, zone), offsetOf(local + DAY_MS, zone)];
  if (toLocal(local - early, zone) === local) return local - early;
  if (toLocal(local - late, zone) === local) return local - late;
  let [before, change] = [local - late, local - early];
  while (change - before > 1) {
    const middle = Math.floor((before + change) / 2);
    if (toLocal(middle, zone) < local) before = middle;
    else change = middle;
  }
  return change;
}

/** How far a zone's local time is ahead of UTC, in milliseconds. Throws `invalid` for what is no zone. */
export function offsetOf(at: number, zone: string): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const local = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
  return local - Math.floor(at / 1000) * 1000;
}

/** The value of the engine's `--zone`, if there is one. Throws `config` for what is no zone. */
export function zoneFlag(read: ReadFlags): string | undefined {
  const { zone } = read([{ name: "zone", usage: "" }]);
  if (zone === undefined) return undefined;
  const known = zoneNamed(zone);
  if (known) return known;
  throw new BotError("config", `--zone: '${zone}' is not a valid time zone (example: --zone=Europe/Berlin)`);
}

/** The zone of the machine; UTC where it cannot be told. The first look takes some milliseconds. */
export function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** A time zone's own name, whatever its letter case: of the IANA's list, or an offset (`+02:00`); undefined for others. */
export function zoneNamed(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** `Tue 24 Nov 2026 at 10:10 (Europe/Berlin, UTC+1)`; with `seconds`, at 10:10:30. */
export function formatTime(at: number, zone: string, seconds = false): string {
  const local = new Date(toLocal(at, zone)).toUTCString();
  const [, weekday, date, time, second] = /^(\w+), 0?(\d+ \w+ \d+) (\d\d:\d\d)(:\d\d)/.exec(local)!;
  return `${weekday} ${date} at ${time}${seconds ? second : ""} (${formatZone(at, zone)})`;
}

/** `Europe/Berlin, UTC+1`: the zone, and how far its local time is ahead then. */
export function formatZone(at: number, zone: string): string {
  const minutes = Math.round(offsetOf(at, zone) / MINUTE_MS);
  const sign = minutes < 0 ? "-" : "+";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset =
    minutes === 0 ? "" : `${sign}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
  return /^(?:UTC|[+-])/u.test(zone) ? `UTC${offset}` : `${zone}, UTC${offset}`;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const two = "2-digit";
  const fields = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
  try {
    const format = new Intl.DateTimeFormat("en", { timeZone: zone, hourCycle: "h23", ...fields });
    formats.set(zone, format);
    return format;
  } catch {
    throw new BotError("invalid", `'${zone}' is not a valid time zone (example: Europe/Berlin)`);
  }
}
