import { BotError, offsetOf, wallOf } from "@micro-bot/core";

/** The zone of the machine; UTC where it cannot be told. */
export function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** The zone's name, if it is one. Throws `config` otherwise. */
export function checkZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    throw new BotError("config", `[command-schedule] zone '${zone}' is no time zone: --zone=Europe/Berlin`);
  }
}

/** `Tue 24 Nov 2026 at 10:10 (Europe/Berlin, UTC+1)`. */
export function words(at: number, zone: string): string {
  const wall = new Date(wallOf(at, zone)).toUTCString();
  const [, weekday, date, time] = /^(\w+), 0?(\d+ \w+ \d+) (\d\d:\d\d)/.exec(wall)!;
  return `${weekday} ${date} at ${time} (${zoneWords(at, zone)})`;
}

/** `Europe/Berlin, UTC+1`. */
export function zoneWords(at: number, zone: string): string {
  const minutes = Math.round(offsetOf(at, zone) / 60_000);
  const sign = minutes < 0 ? "-" : "+";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset =
    minutes === 0 ? "" : `${sign}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
  return zone === "UTC" ? zone : `${zone}, UTC${offset}`;
}
