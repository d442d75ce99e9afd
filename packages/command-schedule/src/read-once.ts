import { BotError } from "@micro-bot/core";
import { toInstant, toLocal } from "@micro-bot/kit";
import type { ParsedResult } from "chrono-node";
import { newReader, type Reader } from "./chrono.ts";
import { type Phrase, phraseOf, unread } from "./phrase.ts";
import { Scanner } from "./scanner.ts";
import { zoneIn } from "./zone-in.ts";

const DAY_MS = 86_400_000;
/** Words of chrono's own grammar do not begin with these, but people's phrases do. */
const LEADING = /^(?:at|on)\s+(?:the\s+)?$/iu;
/** Commas that may stand inside of a time: friday, 27 November 2026, at 9. */
const MAX_COMMAS = 4;

/** A time at the beginning of a text. */
interface Found {
  readonly found: ParsedResult;
  /** Where it ends, its zone included, in UTF-16 units. */
  readonly end: number;
  /** The zone that stands behind it. */
  readonly zone: string | undefined;
}

/**
 * Reads `in 10 minutes, ping`, `at 17:30 ping`, `tomorrow 9am ping`, `at 5pm UTC, ping`. The longest beginning up to a
 * comma that is a time from end to end is the time. Throws `invalid` that names the words at fault.
 */
export async function readOnce(typed: string, now: number, zone: string): Promise<Phrase> {
  const reader = await newReader();
  const read = (text: string, from = zone) => timeIn(reader, text, toLocal(now, from));
  const first = wholeTime(typed, read) ?? read(typed);
  if (!first) throw unread(typed);
  // What day it is depends on the zone that was named.
  const there = first.zone === undefined ? first : (read(typed.slice(0, first.end), first.zone) ?? first);
  const { found } = there;
  if (found.end)
    throw new BotError("invalid", `'${found.text}' is a span of time: write when the command is to run`);
  if (!isTime(found))
    throw new BotError(
      "invalid",
      `at what time? '${found.text}' names a day only: write '${found.text} at 9:00, …'`,
    );
  checkWeekday(found);
  return phraseOf(typed, first.end, { at: instant(found, now, first.zone ?? zone) });
}

/** The longest beginning, up to a comma, that is a time and nothing else. */
function wholeTime(typed: string, read: (text: string) => Found | undefined): Found | undefined {
  const ends = [...typed.matchAll(/,/gu)].map(({ index }) => index).slice(0, MAX_COMMAS);
  for (const end of ends.reverse()) {
    const part = typed.slice(0, end).trimEnd();
    const found = read(part);
    if (found && found.end === part.length && isTime(found.found)) return found;
  }
  return undefined;
}

function timeIn(reader: Reader, text: string, local: number): Found | undefined {
  const found = reader.read(text, local);
  if (!found || (found.index > 0 && !LEADING.test(text.slice(0, found.index)))) return undefined;
  const end = found.index + found.text.length;
  if (found.start.isCertain("timezoneOffset")) return { found, end, zone: undefined };
  const behind = new Scanner(text);
  behind.at = end;
  const zone = behind.read(zoneIn);
  return { found, end: behind.at, zone };
}

function instant(found: ParsedResult, now: number, zone: string): number {
  // Written with its own offset, as in 18:00+02:00: an instant, wherever one is.
  if (!isRelative(found) && found.start.isCertain("timezoneOffset")) return found.start.date().getTime();
  const local = toLocal(now, zone);
  const ahead = found.start.date().getTime() - local;
  // So many hours are hours, whatever the clocks do; so many days are days on the calendar.
  return isElapsed(found) ? now + ahead : toInstant(local + ahead, zone);
}

/** Throws `invalid` for `friday the 13th` when the next 13th is a Sunday. */
function checkWeekday({ start, text }: ParsedResult): void {
  if (!start.isCertain("weekday") || !start.isCertain("day")) return;
  const day = start.date();
  if (day.getUTCDay() === start.get("weekday")) return;
  const date = day.toUTCString().slice(5, 16);
  const weekday = day.toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
  throw new BotError("invalid", `'${text}' does not fit together: ${date} is a ${weekday}`);
}

function isRelative({ text }: ParsedResult): boolean {
  return /^in\b/iu.test(text);
}

/** `in 2 hours`; not `in 2 days at 9`, which is a time on the clock, as is `in 2 days`. */
function isElapsed(found: ParsedResult): boolean {
  const ahead = found.start.date().getTime() - found.refDate.getTime();
  return (
    isRelative(found) && ahead % DAY_MS !== 0 && !/\bat\b|\d(?::|\s*[ap]m\b)|noon|midnight/iu.test(found.text)
  );
}

function isTime(found: ParsedResult): boolean {
  return isRelative(found) || found.start.isCertain("hour");
}
