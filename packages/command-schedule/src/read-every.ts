import { BotError } from "@micro-bot/core";
import { type Phrase, phraseOf, unread } from "./phrase.ts";
import { type Repeat, type Unit, whenOf } from "./repeat.ts";
import { Scanner } from "./scanner.ts";
import { timeOfDayIn } from "./time-of-day.ts";
import { zoneIn } from "./zone-in.ts";

const DAYS = new Map(
  Object.entries({
    weekday: "1-5",
    weekend: "0,6",
    sunday: "0",
    monday: "1",
    tuesday: "2",
    wednesday: "3",
    thursday: "4",
    friday: "5",
    saturday: "6",
  }),
);
const UNITS = new Map<string, Unit>(
  Object.entries({
    m: "minute",
    min: "minute",
    h: "hour",
    hr: "hour",
    d: "day",
    w: "week",
  } as const),
);

const EVERY = /^every\s+/iu;
const STEP = /^(?:(\d{1,6})\s*)?(m|min|minute|h|hr|hour|d|day|w|week|month)s?\b/iu;
const DAY = `(?:${[...DAYS.keys()].join("|")})s?`;
const DAY_LIST = `(${DAY}(?:(?:\\s*,\\s*(?:and\\s+)?|\\s+and\\s+)${DAY})*)\\b`;
const DATE = String.raw`(?:(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)|day\s+(\d{1,2}))\b(?:\s+of\s+(?:the|each)\s+month\b)?`;
const NAMED_DAYS = new RegExp(`^${DAY_LIST}`, "iu");
const ON_DAYS = new RegExp(`^on\\s+${DAY_LIST}`, "iu");
const NAMED_DATE = new RegExp(`^${DATE}(?!\\s+${DAY})`, "iu");
const ON_DATE = new RegExp(`^on\\s+${DATE}`, "iu");
const PART = /^(?:morning|afternoon|evening|night)s?\b/iu;
const PAST_HOUR = /^at\s+(?::|minute\s+)(\d{1,2})\b/iu;
/** What joins two times of day: an 'and', or a comma in a list that ends with one. */
const MORE_TIMES = /^(?:,?\s*and\s+|,\s*(?=\d[\d:apm]*(?:,\s*\d[\d:apm]*)*,?\s+and\s))/iu;
/** A comma inside of a time: every friday, at 9, ping. */
const COMMA = /^,\s*(?=at\s)/iu;

/**
 * Reads `every 5m ping`, `every weekday at 9:00 UTC, ping`, `every 2 hours on weekdays, ping`, `every hour at :15, ping`,
 * `every month on the 1st at 9, ping`. Throws `invalid` that names the words at fault.
 */
export function readEvery(typed: string, zone: string): Phrase {
  const scanner = new Scanner(typed);
  const repeat = scanner.take(EVERY) && begun(scanner);
  if (!repeat) throw unread(typed);
  go(scanner, repeat);
  return phraseOf(typed, scanner.at, whenOf(repeat, typed.slice(0, scanner.at), zone));
}

/** Reads `at 9:00 every weekday, ping` and `on the 1st of every month at 9am, ping`; undefined for what is neither. */
export function readBeforeEvery(typed: string, zone: string): Phrase | undefined {
  const [head] = /^(?:at|on)\s[^,]*?\s(?=every\s)/iu.exec(typed) ?? [];
  if (head === undefined) return undefined;
  const scanner = new Scanner(typed);
  scanner.at = head.length;
  scanner.take(EVERY);
  const repeat = begun(scanner);
  if (!repeat) return undefined;
  const before = new Scanner(head.replace(/\s+of\s+$/iu, ""));
  go(before, repeat);
  if (before.rest.trim() !== "") return undefined;
  go(scanner, repeat);
  return phraseOf(typed, scanner.at, whenOf(repeat, typed.slice(0, scanner.at), zone));
}

/** Reads the words behind `every`. */
function begun(scanner: Scanner): Repeat | undefined {
  const step = scanner.take(STEP);
  if (step) return { step: stepOf(step), times: [] };
  const days = scanner.take(NAMED_DAYS);
  const date = days ? undefined : scanner.take(NAMED_DATE);
  if (date) return { date: dateOf(date), times: [] };
  const part = scanner.take(PART)?.[0];
  if (!days && !part) return undefined;
  return { days: days ? daysOf(days[1]!) : "*", part, times: [] };
}

/** Reads what more is said of when, until something says no more of it. */
function go(scanner: Scanner, repeat: Repeat): void {
  let before = -1;
  while (before !== scanner.at) {
    before = scanner.at;
    readTimes(scanner, repeat);
    readDays(scanner, repeat);
    if (repeat.zone === undefined) repeat.zone = scanner.read(zoneIn);
  }
}

function readTimes(scanner: Scanner, repeat: Repeat): void {
  const past = repeat.minute === undefined ? scanner.take(PAST_HOUR) : undefined;
  if (past) repeat.minute = minuteOf(past);
  const isShort = repeat.step?.unit === "minute" || repeat.step?.unit === "hour";
  if (isShort || repeat.times.length > 0) return;
  const start = scanner.at;
  scanner.take(COMMA);
  const timeOfDay = (text: string) => timeOfDayIn(text, repeat.part);
  let time = scanner.read(timeOfDay);
  if (!time) scanner.at = start;
  while (time) {
    repeat.times.push(time);
    const end = scanner.at;
    time = scanner.take(MORE_TIMES) && scanner.read(timeOfDay);
    if (!time) scanner.at = end;
  }
}

function readDays(scanner: Scanner, repeat: Repeat): void {
  const days = repeat.days === undefined ? scanner.take(ON_DAYS) : undefined;
  if (days) repeat.days = daysOf(days[1]!);
  const date = repeat.date === undefined ? scanner.take(ON_DATE) : undefined;
  if (date) repeat.date = dateOf(date);
}

function stepOf([said, count, unit]: RegExpExecArray): Repeat["step"] {
  const name = unit!.toLowerCase();
  return { count: Number(count ?? 1), unit: UNITS.get(name) ?? (name as Unit), said };
}

function daysOf(list: string): string {
  const days = list.split(/\s*,\s*(?:and\s+)?|\s+and\s+/iu).map((name) => {
    const folded = name.toLowerCase();
    return DAYS.get(folded) ?? DAYS.get(folded.slice(0, -1))!;
  });
  return days.join(",");
}

function dateOf([, ordinal, day]: RegExpExecArray): number {
  const date = Number(ordinal ?? day);
  if (date >= 1 && date <= 31) return date;
  throw new BotError("invalid", `'${ordinal ?? day}' is not a day of a month: write 1 to 31`);
}

function minuteOf([said, digits]: RegExpExecArray): number {
  if (Number(digits) <= 59) return Number(digits);
  throw new BotError("invalid", `'${said}' is not a minute of an hour: write at :15`);
}
