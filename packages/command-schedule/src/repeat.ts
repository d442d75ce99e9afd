import { BotError, type When } from "@micro-bot/core";
import type { TimeOfDay } from "./time-of-day.ts";

export type Unit = "minute" | "hour" | "day" | "week" | "month";

/** What a phrase says of when something repeats. */
export interface Repeat {
  /** `2 hours`, and how it was written; undefined for `every friday`. */
  readonly step?: { readonly count: number; readonly unit: Unit; readonly said: string } | undefined;
  /** `evening`, of `every evening`. */
  readonly part?: string | undefined;
  /** Days of the week, as cron has them. */
  days?: string | undefined;
  /** Day of the month. */
  date?: number | undefined;
  /** Minute of the hour. */
  minute?: number | undefined;
  readonly times: TimeOfDay[];
  zone?: string | undefined;
}

const UNITS_MS: Readonly<Record<Exclude<Unit, "month">, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};
/** How many of a unit make the next: what a step must divide to come at the same times each day, hour or year. */
const WHOLE: Readonly<Record<Unit, number>> = { minute: 60, hour: 24, day: 1, week: 1, month: 12 };

/** When a phrase's job runs. Throws `invalid` for parts that do not go together, or when one is missing. */
export function whenOf(repeat: Repeat, said: string, zone: string): When {
  const { step, days, date, times, minute } = repeat;
  const isShort = step?.unit === "minute" || step?.unit === "hour";
  const isBare = days === undefined && date === undefined && minute === undefined && times.length === 0;
  if (step && step.unit !== "month" && isBare && repeat.zone === undefined)
    return { every: step.count * UNITS_MS[step.unit] };
  if (step && WHOLE[step.unit] % step.count !== 0)
    throw new BotError(
      "invalid",
      `'every ${step.said}' cannot be combined with more of a time in '${said}': write it alone, or name days, as in 'every monday at 9:00, …'`,
    );
  const cron = isShort ? shortCron(repeat, said) : cronOf(repeat, said);
  return { cron, zone: repeat.zone ?? zone };
}

/** Every so many minutes or hours, on some days. */
function shortCron({ step, days = "*", date, minute }: Repeat, said: string): string {
  const isHours = step!.unit === "hour";
  if (minute !== undefined && !isHours) throw apart(said, `at :${minute}`);
  const every = step!.count === 1 ? "*" : `*/${step!.count}`;
  return `${isHours ? `${minute ?? 0} ${every}` : `${every} *`} ${date ?? "*"} * ${days}`;
}

/** At times of the day, on days of the week or of the month. */
function cronOf({ step, days, date, times, minute }: Repeat, said: string): string {
  if (minute !== undefined) throw apart(said, `at :${minute}`);
  if (days !== undefined && date !== undefined) throw apart(said, "both a day of the week and of the month");
  if (step?.unit === "month" && date === undefined)
    throw new BotError("invalid", `on which day? write 'every ${step.said} on the 1st at 9:00, …'`);
  if (step?.unit === "week" && days === undefined)
    throw new BotError("invalid", `on which day? write 'every ${step.said} on monday at 9:00, …'`);
  if (times.length === 0) throw new BotError("invalid", `at what time? write '${said.trim()} at 9:00, …'`);
  const [{ minute: past }] = times as [TimeOfDay];
  if (times.some((time) => time.minute !== past))
    throw new BotError(
      "invalid",
      `the times in '${said}' are not at the same minute of their hours: make a job for each`,
    );
  const hours = [...new Set(times.map(({ hour }) => hour))].sort((a, b) => a - b);
  const months = step?.unit === "month" && step.count > 1 ? `*/${step.count}` : "*";
  return `${past} ${hours} ${date ?? "*"} ${months} ${days ?? "*"}`;
}

function apart(said: string, part: string): BotError {
  return new BotError("invalid", `I cannot read '${said}': ${part} does not go with the rest`);
}

const DAYS = new Map(
  Object.entries({
    "1-5": "weekday",
    "0,6": "weekend",
    0: "Sunday",
    1: "Monday",
    2: "Tuesday",
    3: "Wednesday",
    4: "Thursday",
    5: "Friday",
    6: "Saturday",
  }),
);
/** The last day that every month has. */
const SHORTEST_MONTH_DAYS = 28;

/** `every weekday at 09:00` of a pattern that `every …` made; the pattern itself of one that it did not. */
export function repeated(when: Exclude<When, { at: number }>): string {
  if ("every" in when) return `every ${span(when.every)}`;
  const [minutes, hours, date, months, days] = when.cron.split(" ") as [
    string,
    string,
    string,
    string,
    string,
  ];
  const pace = paceOf(minutes, hours);
  if (pace) return `every ${pace}${days === "*" ? "" : ` on ${daysIn(days, "s")}`}${onDate(date)}`;
  const times =
    /^\d+$/u.test(minutes) && /^\d+(,\d+)*$/u.test(hours) ? clockTimes(minutes, hours) : undefined;
  if (times === undefined) return `by the cron pattern ${when.cron}`;
  if (date === "*") return `every ${days === "*" ? "day" : daysIn(days)} at ${times}`;
  const step = /^\*\/(\d+)$/u.exec(months)?.[1];
  return `every ${step ? `${step} months` : "month"}${onDate(date)} at ${times}${skipped(date)}`;
}

function paceOf(minutes: string, hours: string): string | undefined {
  const step = (field: string) => (field === "*" ? 1 : Number(/^\*\/(\d+)$/u.exec(field)?.[1] ?? 0));
  if (step(minutes) && hours === "*") return plural(step(minutes), "minute");
  if (!step(hours) || !/^\d+$/u.test(minutes)) return undefined;
  return `${plural(step(hours), "hour")} at :${minutes.padStart(2, "0")}`;
}

function clockTimes(minutes: string, hours: string): string {
  return listed(hours.split(",").map((hour) => `${hour.padStart(2, "0")}:${minutes.padStart(2, "0")}`));
}

function daysIn(days: string, end = ""): string {
  const whole = DAYS.get(days);
  return whole ? `${whole}${end}` : listed(days.split(",").map((day) => `${DAYS.get(day) ?? day}${end}`));
}

function onDate(date: string): string {
  return date === "*" ? "" : ` on day ${date}`;
}

function skipped(date: string): string {
  return Number(date) > SHORTEST_MONTH_DAYS ? " (not in months without that day)" : "";
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function span(ms: number): string {
  const unit =
    (["week", "day", "hour", "minute"] as const).find((name) => ms % UNITS_MS[name] === 0) ?? "minute";
  return plural(ms / UNITS_MS[unit], unit);
}

function plural(count: number, unit: string): string {
  return count === 1 ? unit : `${count} ${unit}s`;
}
