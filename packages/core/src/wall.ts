import { BotError } from "./errors.ts";

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The time on the wall of a time zone, as if it were UTC, in milliseconds. Throws `invalid` for what is no zone. */
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

/** How far the wall there is ahead of UTC, in milliseconds. */
export function offsetOf(at: number, zone: string): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const wall = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
  return wall - Math.floor(at / 1000) * 1000;
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
    throw new BotError("invalid", `'${zone}' is no time zone: it is written like Europe/Berlin`);
  }
}
