import { zoneNamed } from "@micro-bot/kit";

/** UTC, an offset from it, or a name of the IANA's list; not `EST`, which is somewhere else in summer. */
const ZONE =
  /^(?:(?<utc>Z|(?:UTC|GMT)(?!\s?[+-]))|(?:UTC|GMT)?\s?(?<sign>[+-])(?<hours>\d{1,2})(?::?(?<minutes>\d\d))?|(?<name>[a-z]+(?:\/[a-z0-9_+-]+)+))(?=[\s,]|$)/iu;

/** The time zone at the beginning of a text, and how long it is in UTF-16 units. */
export function zoneIn(text: string): { readonly value: string; readonly length: number } | undefined {
  const found = ZONE.exec(text);
  if (!found) return undefined;
  const { utc, sign, hours, minutes = "00", name } = found.groups!;
  const value = utc ? "UTC" : zoneNamed(name ?? `${sign}${hours!.padStart(2, "0")}:${minutes}`);
  return value === undefined ? undefined : { value, length: found[0].length };
}
