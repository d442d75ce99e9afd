// C0 but for tab and newline, DEL, C1, and what is no character: could drive a terminal or end a protocol's line.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/gu;
/** What people see as the end of a line: UAX #14, mandatory breaks. */
const LINE_END = /\r\n?|[\u0085\u2028\u2029]/gu;
let graphemes: Intl.Segmenter | undefined;

/** Text without control characters but tab and newline, and without halves of characters; line ends are `\n`. */
export function clean(text: string): string {
  return text.toWellFormed().replace(LINE_END, "\n").replace(CONTROL, "");
}

/** Text on one line: every run of white space is one space. */
export function oneLine(text: string): string {
  return clean(text).replace(/\s+/gu, " ").trim();
}

/** The beginning of a text, at most `limit` UTF-16 units with `…` at its end; no character as people see it is cut. */
export function ellipsis(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, cutBefore(text, Math.max(0, limit - 1)))}…`;
}

/** The last place at or before `end`, in UTF-16 units, that is not inside of a grapheme (UAX #29); 0 when there is none. */
export function cutBefore(text: string, end: number): number {
  if (end >= text.length) return text.length;
  // Made with the first text: it takes milliseconds.
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  const from = Math.max(0, end - GRAPHEME_UNITS);
  const found = graphemes.segment(text.slice(from, end + GRAPHEME_UNITS)).containing(end - from);
  const index = found?.index ?? 0;
  return index === 0 && from > 0 ? end : from + index;
}

/** How far a grapheme may reach to either side of a cut, in UTF-16 units; a longer one is cut. */
const GRAPHEME_UNITS = 64;

/** A text with each character that a pattern finds written out, as `\u{202e}`. */
export function escapeCharacters(text: string, pattern: RegExp): string {
  return text.replace(pattern, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** The length of a text in UTF-8, in bytes. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** How lines begin that bots take for commands: ChanServ obeyed `!op` in a page's title that another bot had read out. */
const BOT_COMMAND = /^\s*[!.@/\\~%$&+?^*;:,=|#`-]+\p{L}/u;
/** Stands before a line that other bots would take for a command. */
export const QUOTE = "> ";

/** A line as it may be said where other bots listen: one that looks like a command to them is quoted. */
export function neutralizeBotCommands(line: string): string {
  return BOT_COMMAND.test(line) ? QUOTE + line : line;
}
