import { BotError, instantOf, type When, wallOf } from "@micro-bot/core";
import type { Chrono, ParsedResult } from "chrono-node";

/** When, and the words that are left: the command. */
export interface Phrase {
  /** The words that were read as a time. */
  readonly said: string;
  readonly when: When;
  readonly text: string;
}

const DAY = 86_400_000;
/** Words of chrono's own grammar do not begin with these, but people's phrases do. */
const LEADING = /^(?:at|on)\s+$/iu;

/** Reads `in 10 minutes, ping`, `at 17:30 ping`, `tomorrow 9am ping`. Throws `invalid` that names the words at fault. */
export async function readOnce(typed: string, now: number, zone: string): Promise<Phrase> {
  const chrono = await newChrono();
  // Wall time passed off as UTC: the zone is put back at the end, with the offset of that day and not of today.
  const wall = wallOf(now, zone);
  const reference = { instant: new Date(wall), timezone: 0 };
  const parse = (text: string) => {
    const found = chrono.parse(text, reference, { forwardDate: true })[0];
    return found && (found.index === 0 || LEADING.test(text.slice(0, found.index))) ? found : undefined;
  };
  const comma = typed.indexOf(",");
  const early = comma < 0 ? undefined : parse(typed.slice(0, comma).trimEnd());
  const whole = early && early.index + early.text.length === typed.slice(0, comma).trimEnd().length;
  // A day alone needs a time, which may stand behind the comma: tomorrow, 9am, ping.
  const found = whole && isTime(early!) ? early : parse(typed);
  if (!found) throw unread(typed);
  const end = found.index + found.text.length;
  const [said, text] = [typed.slice(0, end), withoutComma(typed.slice(end))];
  const relative = isRelative(found);
  if (!isTime(found))
    throw new BotError(
      "invalid",
      `at what time? '${found.text}' names a day only: write '${found.text} at 9:00, …'`,
    );
  // Written with its own offset, as in 18:00+02:00: an instant, wherever one is.
  if (!relative && found.start.isCertain("timezoneOffset"))
    return { said, when: { at: found.start.date().getTime() }, text };
  const ahead = found.start.date().getTime() - wall;
  // So many hours are hours, whatever the clocks do; so many days are days on the calendar.
  const elapsed = relative && ahead % DAY !== 0;
  return { said, when: { at: elapsed ? now + ahead : instantOf(wall + ahead, zone) }, text };
}

function isRelative({ text }: ParsedResult): boolean {
  return /^in\b/iu.test(text);
}

function isTime(found: ParsedResult): boolean {
  return isRelative(found) || found.start.isCertain("hour");
}

/** chrono takes GET, MUST, WAST and the like behind a time for zones of the world, and so the word of a command. */
async function newChrono(): Promise<Chrono> {
  const { casual } = await import("chrono-node");
  const chrono = casual.clone();
  chrono.refiners = chrono.refiners.filter((refiner) => refiner.constructor.name !== ABBREVIATIONS);
  return chrono;
}

const ABBREVIATIONS = "ExtractTimezoneAbbrRefiner";

const SPANS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY, w: 7 * DAY };
const SPAN =
  /^every\s+(?:(\d+)\s*)?(m|min|mins|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\b(?!\s+(?:at\s+)?(?:\d|noon|midnight))/iu;
const DAYS: Readonly<Record<string, string>> = {
  day: "*",
  weekday: "1-5",
  weekend: "0,6",
  sunday: "0",
  monday: "1",
  tuesday: "2",
  wednesday: "3",
  thursday: "4",
  friday: "5",
  saturday: "6",
};
const DAY_NAME = `(?:${Object.keys(DAYS).join("|")})s?`;
const ON_DAYS = new RegExp(`^every\\s+(${DAY_NAME}(?:(?:\\s*,\\s*|\\s+and\\s+)${DAY_NAME})*)\\b\\s*`, "iu");
const OF_MONTH = /^every\s+month\s+on\s+(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)?\b\s*/iu;
const TIME = /^(?:at\s+)?(?:(noon|midnight)|(\d{1,2})(?::(\d\d))?\s*(am|pm)?)(?=[\s,]|$)/iu;

/** Reads `every 5m ping`, `every weekday at 9:00 ping`, `every monday and friday 8:30 ping`, `every month on the 1st at 9 ping`. */
export function readEvery(typed: string, zone: string): Phrase {
  const span = SPAN.exec(typed);
  if (span) {
    const every = Number(span[1] ?? 1) * SPANS[span[2]![0]!.toLowerCase()]!;
    return { said: span[0], when: { every }, text: withoutComma(typed.slice(span[0].length)) };
  }
  const days = ON_DAYS.exec(typed);
  const month = OF_MONTH.exec(typed);
  const begin = days ?? month;
  if (!begin) throw unread(typed);
  const rest = typed.slice(begin[0].length);
  const time = TIME.exec(rest);
  const phrase = begin[0].trim();
  if (month && !(Number(month[1]) >= 1 && Number(month[1]) <= 31))
    throw new BotError("invalid", `'${month[1]}' is no day of a month: write 1 to 31`);
  if (!time) throw new BotError("invalid", `at what time? write '${phrase} at 9:00, …'`);
  const [hour, minute] = timeOf(time);
  const date = month
    ? `${Number(month[1])} * *`
    : `* * ${days![1]!
        .split(/\s*,\s*|\s+and\s+/iu)
        .map(dayOf)
        .join(",")}`;
  return {
    said: begin[0] + time[0],
    when: { cron: `${minute} ${hour} ${date}`, zone },
    text: withoutComma(rest.slice(time[0].length)),
  };
}

function dayOf(name: string): string {
  return DAYS[name.toLowerCase().replace(/s$/u, "")]!;
}

function timeOf([whole, word, hours, minutes = "0", half]: RegExpExecArray): readonly [
  hour: number,
  minute: number,
] {
  if (word) return [word.toLowerCase() === "noon" ? 12 : 0, 0];
  const [hour, minute] = [Number(hours), Number(minutes)];
  const isHalf = half !== undefined;
  if (minute > 59 || hour > (isHalf ? 12 : 23) || (isHalf && hour === 0))
    throw new BotError("invalid", `'${whole.trim()}' is no time of day: write 9:00, 17:30 or 9am`);
  if (!isHalf) return [hour, minute];
  return [(hour % 12) + (half.toLowerCase() === "pm" ? 12 : 0), minute];
}

function withoutComma(rest: string): string {
  return rest.replace(/^\s*,?\s*/u, "").trimEnd();
}

function unread(typed: string): BotError {
  const begin = typed.split(/\s+/u).slice(0, 4).join(" ");
  return new BotError(
    "invalid",
    `I cannot read a time at the beginning of '${begin}…': write it as in 'in 10 minutes, ping', 'at 17:30, ping', 'tomorrow 9am, ping' or 'every weekday at 9:00, ping'`,
  );
}
