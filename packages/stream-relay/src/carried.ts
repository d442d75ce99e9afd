import { byteLength, splitText } from "@micro-bot/kit";

/** How a carried message names who says it: on the first line, and on each one more. */
export interface Label {
  readonly first: string;
  readonly rest: string;
}

/**
 * Bytes of one line with its label. What a network cuts into messages of its own (IRC has 512 bytes for a line, with
 * the room, and who sends it, as others see it), it must not cut inside of a line: the second half would have no label.
 */
const MAX_LINE_BYTES = 300;
const LONGEST_NAME = { characters: 32, bytes: 64 } as const;
const LONGEST_FILE = { characters: 100, bytes: 200 } as const;
const MOST_FILES = 10;
const LONGEST_QUOTE = { characters: 30, bytes: 60 } as const;

const NEWLINE = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/u;
/** C0 but tab, DEL, C1, and what turns the direction of all that follows. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u202a-\u202e\u2066-\u2069]/gu;
/** What in a name is not seen, or would look like the end of the label. */
const IN_NAMES = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029<>()[\]“”]/gu;
/** Words that some network rings everybody for. */
const RINGS = /@(?=(?:all|channel|everyone|group|here|room)(?![\p{L}\p{N}]))/giu;
/** A speaker as relays write them: ours `[alice, in a thread]` and `(bot)`, others `<alice>`; perhaps quoted. */
const LABEL = /^(?:> ?)*(?:\[([^[\]]{1,200})\]|\(([^()]{1,200})\)|<([^<>]{1,200})>) +/u;

/**
 * Text as it is said in another room: each line with its label, so that none can be taken as a command or as another's
 * words, none too long to be one message, and nobody rung. Empty when there is nothing to say.
 */
export function carried(text: string, { first, rest }: Label): string {
  const lines = linesOf(text).flatMap((line) => [
    ...splitText(line, MAX_LINE_BYTES - byteLength(first) - 1, { gaps: [" "] }),
  ]);
  return lines.map((line, at) => quiet(`${at === 0 ? first : rest} ${line}`)).join("\n");
}

/** A name that somebody chose, fit for a label. Empty when nothing of it is. */
export function nameOf(name: string): string {
  return shortened(name.replace(IN_NAMES, " "), LONGEST_NAME);
}

/** The beginning of a text, fit for a label. */
export function quoteOf(text: string): string {
  const words = linesOf(text)[0]?.replace(IN_NAMES, " ") ?? "";
  return shortened(words, LONGEST_QUOTE);
}

/** What stands for files that were said: their names. */
export function filesOf(names: readonly string[]): string[] {
  const shown = names
    .slice(0, MOST_FILES)
    .map((name) => `[file: ${shortened(name, LONGEST_FILE) || "without a name"}]`);
  const more = names.length - shown.length;
  return more > 0 ? [...shown, `[${more} more files]`] : shown;
}

/** A line, and the label of who said it first. */
export interface Line {
  readonly who: string | undefined;
  readonly words: string;
  /** How many labels stand before it. */
  readonly labels: number;
}

/** The lines of a text, each without the labels that relays put before it: the last of them names the speaker. */
export function linesIn(text: string): Line[] {
  return linesOf(text).map((line) => {
    let who: string | undefined;
    let words = line;
    let labels = 0;
    for (let label = LABEL.exec(words); label; label = LABEL.exec(words)) {
      who = label[1] ?? label[2] ?? label[3];
      words = words.slice(label[0].length);
      labels++;
    }
    return { who, words: quiet(words).trim(), labels };
  });
}

function linesOf(text: string): string[] {
  return text
    .toWellFormed()
    .split(NEWLINE)
    .map((line) => line.replace(UNSEEN, "").trimEnd())
    .filter((line) => /[^\s\p{Default_Ignorable_Code_Point}]/u.test(line));
}

function quiet(line: string): string {
  return line.replace(RINGS, "@ ");
}

function shortened(text: string, most: { readonly characters: number; readonly bytes: number }): string {
  const whole = text.toWellFormed().replace(/\s+/gu, " ").trim();
  let short = "";
  for (const character of Array.from(whole).slice(0, most.characters)) {
    if (byteLength(short + character) > most.bytes) break;
    short += character;
  }
  return short.length < whole.length ? `${short.trimEnd()}…` : whole;
}
