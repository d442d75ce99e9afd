import type { Chrono, ParsedResult, Parser, Refiner } from "chrono-node";
import { hourOf, PART_OF_DAY } from "./time-of-day.ts";

/** Times are read as if the clock on the wall were UTC: the zone is put back by whoever asks. */
export interface Reader {
  /** What the text says first, seen from a time on the wall; undefined when it says no time. */
  read(text: string, wall: number): ParsedResult | undefined;
}

/** chrono-node with what people also write: 6p, 9 in the evening, 17:00Z, on the 1st. Loaded by the first phrase. */
export async function newReader(): Promise<Reader> {
  const { casual } = await import("chrono-node");
  const chrono: Chrono = casual.clone();
  chrono.parsers.push(SHORT_TIME, DAY_OF_MONTH);
  chrono.refiners = [
    ...chrono.refiners.filter((refiner) => refiner.constructor.name !== ABBREVIATIONS),
    FORWARD,
  ];
  return {
    read: (text, wall) =>
      chrono.parse(text, { instant: new Date(wall), timezone: 0 }, { forwardDate: true })[0],
  };
}

/** chrono takes GET, MUST, WAST and the like behind a time for zones of the world, and so the word of a command. */
const ABBREVIATIONS = "ExtractTimezoneAbbrRefiner";

const SHORT_TIME: Parser = {
  pattern: () =>
    new RegExp(
      String.raw`(?:\bat\s+)?\b(\d{1,2})(?::(\d\d))?(?:([ap])\b|(?=Z\b)|\s*(?:o'?clock\s+)?(${PART_OF_DAY})\b)`,
      "iu",
    ),
  extract: (context, [, hours, minutes = "0", half, part]) => {
    const [said, minute] = [Number(hours), Number(minutes)];
    const twelve = half ?? part;
    if (minute > 59 || said > 23 || (half && (said > 12 || said === 0))) return null;
    const hour = twelve === undefined || said > 12 ? said : hourOf(said, twelve);
    return context.createParsingComponents({ hour, minute, meridiem: hour < 12 ? 0 : 1 });
  },
};

/** `on the 1st`, `the 31st of next month`; with a month's name it is chrono's own. */
const DAY_OF_MONTH: Parser = {
  pattern: () =>
    /(?:\bon\s+)?\bthe\s+(\d{1,2})(?:st|nd|rd|th)\b(?:\s+of\s+(?:the|this|(next))\s+month\b)?(?!\s+of\b)/iu,
  extract: (context, [, digits, next]) => {
    const [day, today] = [Number(digits), context.refDate];
    if (day < 1 || day > 31) return null;
    const ahead = next || day < today.getUTCDate() ? 1 : 0;
    const month = monthWith(day, today.getUTCFullYear(), today.getUTCMonth() + ahead);
    const components = context.createParsingComponents({ day });
    components.imply("month", month.getUTCMonth() + 1);
    components.imply("year", month.getUTCFullYear());
    return components;
  },
};

/** A day of the month whose time of day is over today is next month's. */
const FORWARD: Refiner = {
  refine: ({ refDate }, results) => {
    for (const { start } of results) {
      if (!start.isCertain("day") || start.isCertain("month") || start.date() > refDate) continue;
      if (!start.isCertain("hour")) continue;
      const day = start.get("day")!;
      const month = monthWith(day, start.get("year")!, start.get("month")!);
      start.imply("month", month.getUTCMonth() + 1);
      start.imply("year", month.getUTCFullYear());
    }
    return results;
  },
};

/** The first day of the first month from one on (0 is January) that has such a day. */
function monthWith(day: number, year: number, month: number): Date {
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return day <= lastDay ? new Date(Date.UTC(year, month)) : monthWith(day, year, month + 1);
}
