import { BotError } from "@micro-bot/core";

/** A time of day, of 24 hours. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** Words behind an hour of twelve that say which half of the day it is in. */
export const PART_OF_DAY: string = String.raw`in\s+the\s+(?:morning|afternoon|evening)|at\s+night`;
/** `9`, `9:00`, `9am`, `6p`, `9 p.m.`, `noon`, `9 o'clock in the evening`. */
const TIME: RegExp = new RegExp(
  String.raw`^(?:at\s+)?(?:(?<word>noon|midnight)|(?<hour>\d{1,2})(?::(?<minute>\d\d))?` +
    String.raw`(?:\s*(?<half>[ap])(?:\.m\.|m)?(?!\w)|\s*o'?clock\b)?)(?:\s+(?<part>${PART_OF_DAY}))?(?=[\s,]|Z\b|$)`,
  "iu",
);

/**
 * The time of day at the beginning of a text, and how long it is in UTF-16 units. `part` (`evening`) says which half of
 * the day is meant where the text does not. Throws `invalid` for what no clock shows.
 */
export function timeOfDayIn(
  text: string,
  part?: string,
): { readonly value: TimeOfDay; readonly length: number } | undefined {
  const found = TIME.exec(text);
  if (!found) return undefined;
  const { word, hour, minute = "0", half } = found.groups!;
  const value = word
    ? { hour: word.toLowerCase() === "noon" ? 12 : 0, minute: 0 }
    : checked(found[0], Number(hour), Number(minute), half, found.groups!.part ?? part);
  return { value, length: found[0].length };
}

/** An hour of a clock of twelve hours as one of 24: by `p`, `in the evening`, `at night`. */
export function hourOf(hour: number, half: string): number {
  // Whoever says 2 at night means the small hours, and whoever says 10 at night the late ones.
  const isLate = /night/iu.test(half) ? hour >= 6 && hour < 12 : /^p|afternoon|evening/iu.test(half);
  return (hour % 12) + (isLate ? 12 : 0);
}

function checked(said: string, hour: number, minute: number, half?: string, part?: string): TimeOfDay {
  if (minute > 59 || hour > (half ? 12 : 23) || (half && hour === 0))
    throw new BotError("invalid", `'${said.trim()}' is not a time of day: write 9:00, 17:30 or 9am`);
  const twelve = half ?? (hour > 12 || hour === 0 ? undefined : part);
  return { hour: twelve === undefined ? hour : hourOf(hour, twelve), minute };
}
