const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;
const NEWLINE = /\r\n|[\r\n]/u;
// Units beyond what can fit: whether a character goes on there is told by the next one, which may have two.
const LOOKAHEAD = 2;

// Made with the first text: it takes longer to make than all of `micro ping`'s own work.
let segmenter: Intl.Segmenter | undefined;
function graphemes(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter;
}

/**
 * Cuts text into lines of at most `bytes` bytes of UTF-8 each: at newlines, else at spaces, else between
 * characters as a person sees them. Only a single character longer than a line is cut, between its code points. Blank
 * lines and control characters (CR and NUL among them) are gone; tabs are spaces. `bytes` must be 4 or more. Lines are made as they are asked for.
 */
export function* split(text: string, bytes: number): Generator<string> {
  for (const line of text.toWellFormed().split(NEWLINE))
    yield* pieces(line.replaceAll("\t", " ").replace(CONTROL, "").trimEnd(), bytes);
}

/** The text's length in UTF-8. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

function* pieces(line: string, bytes: number): Generator<string> {
  let rest = line;
  while (byteLength(rest.slice(0, bytes + 1)) > bytes) {
    const end = fitting(rest, bytes);
    const space = rest[end] === " " ? end : rest.lastIndexOf(" ", end - 1);
    const wordEnd = rest.slice(0, Math.max(space, 0)).trimEnd().length;
    const piece = rest.slice(0, wordEnd || end);
    if (piece.trim() !== "") yield piece;
    rest = wordEnd ? rest.slice(wordEnd).trimStart() : rest.slice(end);
  }
  if (rest.trim() !== "") yield rest;
}

// The most UTF-16 units, ending between characters, that fit into so many bytes.
function fitting(text: string, bytes: number): number {
  const window = text.slice(0, bytes + LOOKAHEAD);
  if (byteLength(window) === window.length) return bytes;
  return fill(graphemesOf(window), bytes) || fill(window, bytes);
}

function fill(characters: Iterable<string>, bytes: number): number {
  let end = 0;
  let used = 0;
  for (const character of characters) {
    used += byteLength(character);
    if (used > bytes) break;
    end += character.length;
  }
  return end;
}

function* graphemesOf(text: string): Generator<string> {
  for (const { segment } of graphemes().segment(text)) yield segment;
}
