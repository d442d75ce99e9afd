import { BotError, messageOf, type When } from "@micro-bot/core";
import { Cron } from "croner";

const MINUTE = 60_000;
/** How far ahead a single run may be, in milliseconds: ten years. */
const FAR = 10 * 366 * 86_400_000;

/** Checks when a job is to run. Throws `invalid` that names what cannot be. */
export function checkWhen(when: When, now: number): void {
  if ("at" in when) checkAt(when.at, now);
  else if ("every" in when) checkEvery(when.every);
  else if (nextRun(when, now, now) === undefined)
    throw new BotError("invalid", `the pattern '${when.cron}' never comes`);
}

/**
 * The first run after `after`, in milliseconds since 1970; undefined when there is none. `made` is when the job was
 * made: what repeats counts from there and does not drift.
 *
 * croner keeps the clocks' changes as Vixie cron does: a fixed time that is left out runs at the change, one that comes
 * twice runs the first time, and what runs every so many minutes keeps its even pace.
 */
export function nextRun(when: When, after: number, made: number): number | undefined {
  if ("at" in when) return when.at > after ? when.at : undefined;
  if ("every" in when)
    return after < made ? made + when.every : after + when.every - ((after - made) % when.every);
  return cronOf(when).nextRun(new Date(after))?.getTime();
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

function cronOf({ cron, zone }: Extract<When, { cron: string }>): Cron {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch {
    throw new BotError("invalid", `'${zone}' is no time zone: it is written like Europe/Berlin`);
  }
  try {
    return new Cron(cron, { timezone: zone, mode: "5-part", paused: true });
  } catch (cause) {
    const why = messageOf(cause).replace(/^CronPattern: /u, "");
    throw new BotError("invalid", `'${cron}' is no cron pattern of five fields: ${why}`, { cause });
  }
}
