import { BotError } from "./errors.ts";
import type { ReadFlags } from "./flag.ts";
import { offsetOf, wallOf } from "./wall.ts";

const MINUTE_MS = 60_000;

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
export function timeWords(at: number, zone: string, seconds = false): string {
  const wall = new Date(wallOf(at, zone)).toUTCString();
  const [, weekday, date, time, second] = /^(\w+), 0?(\d+ \w+ \d+) (\d\d:\d\d)(:\d\d)/.exec(wall)!;
  return `${weekday} ${date} at ${time}${seconds ? second : ""} (${zoneWords(at, zone)})`;
}

/** `Europe/Berlin, UTC+1`: the zone, and how far its clocks are ahead then. */
export function zoneWords(at: number, zone: string): string {
  const minutes = Math.round(offsetOf(at, zone) / MINUTE_MS);
  const sign = minutes < 0 ? "-" : "+";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset =
    minutes === 0 ? "" : `${sign}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
  return /^(?:UTC|[+-])/u.test(zone) ? `UTC${offset}` : `${zone}, UTC${offset}`;
}
