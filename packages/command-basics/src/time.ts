import { type Command, newCommand } from "@micro-bot/core";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
// Each of these languages has short names for the zones of its own part of the world only.
const LANGUAGES = ["en-US", "en-GB", "en-AU", "en-NZ", "en-IN", "en-ZA", "ja"];
const OFFSET = /^GMT[+-]/;

/** The server's time. `now` is the clock, in milliseconds since 1970. */
export function time(now: () => number = Date.now): Command {
  const answer = () => `Server time is: ${rfc1123(new Date(now()))}`;
  return newCommand("time", "time", "Returns the server time", answer, { reads: true, rerun: "safe" });
}

/** `Mon, 02 Jan 2006 15:04:05 MST`: RFC 1123 section 5.2.14, with the local zone's name as Go prints it. */
export function rfc1123(date: Date): string {
  const day = `${DAYS[date.getDay()]}, ${two(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zoneName(date)}`;
}

/** `CET`; `+03` or `+0545` where no language has a name. */
function zoneName(date: Date): string {
  const names = LANGUAGES.map((language) => zonePart(date, language, "short"));
  const name = names.find((name) => !OFFSET.test(name));
  return name ?? zonePart(date, "en", "longOffset").replace(/^GMT|:00$|:/g, "");
}

function zonePart(date: Date, language: string, timeZoneName: "short" | "longOffset"): string {
  const parts = new Intl.DateTimeFormat(language, { timeZoneName }).formatToParts(date);
  return parts.find(({ type }) => type === "timeZoneName")!.value;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
