import { BotError, type CommandList } from "@micro-bot/core";
import { firstWord, HOW_TO, type Phrase } from "./phrase.ts";

/** Words that a time is made of. Where one stands behind what was read, more was meant than was read. */
const TIME_WORDS = new Set(
  `a after ago am an and around at before between but by daily day days each else even every except excluding first
  fortnight fortnightly from half hour hourly hours in last later less long midnight minute minutes month monthly months
  next night nights noon not of off on once only or other otherwise past per pm quarter second seconds sharp since
  starting st the then third this through till times to today tomorrow tonight twice until week weekend
  weekends weekly weeks when while with within without year yearly years yesterday
  morning mornings afternoon afternoons evening evenings o'clock
  monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays
  mon tue tues wed thu thur thurs fri sat sun
  january february march april may june july august september october november december
  jan feb mar apr jun jul aug sep sept oct nov dec
  weekday weekdays`.split(/\s+/u),
);
/** What people write for a zone: an abbreviation, which is read differently in different places, or a name. */
const ZONE =
  /^(?:utc|gmt|[bi]st|ces?t|[ecmp][sd]t|ees?t|wes?t|jst|a[ec][sd]t|msk|[a-z]+\/[a-z_/-]+)(?:[+-]\d[\d:]*)?$/iu;
/** A number, a time of day or a date, and not the word of a command. */
const NUMBER = /^[:+-]?\d[\d:./-]*(?:st|nd|rd|th|am|pm|[apmhdswz])?$/iu;

/**
 * Refuses a phrase of which a part was not understood, so that this part does not become the command: where a word of
 * time follows what was read, only a comma before a command tells the two apart. Throws `invalid` naming the part.
 */
export function judge({ said, text, comma }: Phrase, commands: CommandList): void {
  if (text === "")
    throw new BotError("invalid", "run what? write a command behind the time, as in: in 10 minutes, ping");
  const word = firstWord(text);
  // Two times with a comma behind each are one that was not understood; a job in a job has one comma less.
  const isTwice = comma && part(text).split(" ").every(isOfTime) && text.includes(",");
  if (!isTwice && (!isOfTime(word) || (comma && commands.match(text)))) return;
  const zone = ZONE.test(word) ? " (a time zone is written UTC, +02:00 or America/New_York)" : "";
  throw new BotError("invalid", `I read '${said}' as the time, but not '${part(text)}'${zone}: ${HOW_TO}`);
}

function isOfTime(word: string): boolean {
  return TIME_WORDS.has(word.toLowerCase()) || NUMBER.test(word) || ZONE.test(word);
}

/** What stands before the next comma, at most its first words. */
function part(text: string): string {
  const words = text.slice(0, 200).split(",")[0]!.trim().split(/\s+/u);
  return words.length > 5 ? `${words.slice(0, 5).join(" ")} …` : words.join(" ");
}
