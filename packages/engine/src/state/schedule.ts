import { BotError, messageOf, type When } from "@micro-bot/core";
import { offsetOf, toInstant, toLocal } from "@micro-bot/kit";
import { Cron } from "croner";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** How far ahead a single run may be, in milliseconds: ten years. */
const FAR = 10 * 366 * DAY;

/** What a time is: plugins without types may give anything. */
const KINDS = ["at", "every", "cron"];

/** Checks when a job is to run. Throws `invalid` that names what cannot be. */
export function checkWhen(when: When, now: number): void {
  if (!KINDS.some((kind) => Object.hasOwn(Object(when), kind)))
    throw new BotError("invalid", "the time cannot be read");
  if ("at" in when) checkAt(when.at, now);
  else if ("every" in when) checkEvery(when.every);
  else if (nextRun(when, now, now) === undefined)
    throw new BotError("invalid", `the pattern '${when.cron}' never comes`);
}

/**
 * The first run after `after`, in milliseconds since 1970; undefined when there is none. `made` is when the job was
 * made: what repeats counts from there and does not drift.
 */
export function nextRun(when: When, after: number, made: number): number | undefined {
  if ("at" in when) return when.at > after ? when.at : undefined;
  if ("every" in when)
    return after < made ? made + when.every : after + when.every - ((after - made) % when.every);
  return ANY_HOUR.test(when.cron) ? nextInPace(when, after) : nextOnWall(when, after);
}

/** Without an hour of its own a pattern keeps an even pace: both times when they come twice, none that is left out. */
const ANY_HOUR = /^\s*\S+\s+\*(\/1)?\s/u;

type Cron5 = Extract<When, { cron: string }>;

function nextInPace(when: Cron5, after: number): number | undefined {
  return cronOf(when, when.zone).nextRun(new Date(after))?.getTime();
}

/**
 * croner drops or doubles times at a clock change when a pattern has several, or when the change is at midnight. So it
 * only finds times on the wall, which are UTC to it, and here each is made the instant at which the wall reaches it.
 */
function nextOnWall(when: Cron5, after: number): number | undefined {
  const cron = cronOf(when, "UTC");
  let wall = cron.nextRun(new Date(toLocal(after, when.zone)));
  // On the second pass of an hour that comes twice, some times on the wall had their turn on the first.
  while (wall && toInstant(wall.getTime(), when.zone) <= after) wall = cron.nextRun(wall);
  return wall ? toInstant(wall.getTime(), when.zone) : undefined;
}

function checkAt(at: number, now: number): void {
  if (!Number.isFinite(at)) throw new BotError("invalid", "the time cannot be read");
  const iso = new Date(at).toISOString();
  if (at <= now) throw new BotError("invalid", `${iso} is over`);
  if (at > now + FAR) throw new BotError("invalid", `${iso} is more than ten years ahead`);
}

function checkEvery(every: number): void {
  if (!(every >= MINUTE))
    throw new BotError("invalid", "a job may be repeated once a minute, and not more often");
  if (every > FAR) throw new BotError("invalid", "a job may be repeated every ten years at least");
}

function cronOf({ cron, zone }: Cron5, timezone: string): Cron {
  // Throws for what is no zone.
  offsetOf(0, zone);
  try {
    return new Cron(cron, { timezone, mode: "5-part", paused: true });
  } catch (cause) {
    const why = messageOf(cause).replace(/^CronPattern: /u, "");
    throw new BotError("invalid", `'${cron}' is no cron pattern of five fields: ${why}`, { cause });
  }
}
