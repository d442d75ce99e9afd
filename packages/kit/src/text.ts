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
  // The code point behind the cut tells whether the grapheme goes on there.
  return graphemes.segment(text.slice(0, end + 2)).containing(end)?.index ?? 0;
}

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

/** What may stand after a name that is spoken to; a letter more and it is another name. */
const AFTER_NAME = /^(?:[:,]\s*|\s+|$)/u;

/**
 * What follows one of the names at the start of a text, written `name:`, `name,`, `@name` or `name `; undefined when
 * the text begins with none of them. `fold` is the network's lower case.
 */
export function afterMention(
  text: string,
  names: readonly string[],
  fold: (text: string) => string = (text) => text.toLowerCase(),
): string | undefined {
  const start = text.startsWith("@") ? 1 : 0;
  for (const name of names) {
    const end = start + name.length;
    if (name === "" || fold(text.slice(start, end)) !== fold(name)) continue;
    const separator = AFTER_NAME.exec(text.slice(end));
    if (separator) return text.slice(end + separator[0].length);
  }
  return undefined;
}
