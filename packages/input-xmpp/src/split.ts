/** Text for messages, and how many characters (UTF-16 units) there would have been. */
export interface Split {
  readonly parts: readonly string[];
  readonly left: number;
}

/** How far a character as a person sees it may reach to either side of a cut. */
const AROUND = 64;
const encoder = new TextEncoder();

/**
 * Cuts text into at most `most` parts of at most `bytes` bytes of UTF-8 each: at line breaks, else at spaces, else between
 * characters as a person sees them. The break or space at a cut is gone, nothing else. `bytes` must be 4 or more.
 */
export function split(text: string, bytes: number, most: number): Split {
  const parts: string[] = [];
  const buffer = new Uint8Array(bytes);
  let rest = text.toWellFormed();
  while (rest !== "" && parts.length < most) {
    const { read } = encoder.encodeInto(rest.slice(0, bytes), buffer);
    const end = read === rest.length ? read : cutBefore(rest, read);
    parts.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^[\n ]/u, "");
  }
  return { parts: parts.filter((part) => part.trim() !== ""), left: rest.length };
}

function cutBefore(text: string, end: number): number {
  for (const gap of ["\n", " "]) {
    const at = text.lastIndexOf(gap, end);
    if (at > 0) return at;
  }
  const from = Math.max(0, end - AROUND);
  const around = text.slice(from, end + AROUND);
  const character = new Intl.Segmenter("en", { granularity: "grapheme" })
    .segment(around)
    .containing(end - from);
  return from + (character?.index ?? 0) || end;
}
