/** How far a character as a person sees it may reach to either side of a cut. */
const AROUND = 64;
const encoder = new TextEncoder();

/**
 * Cuts text into parts of at most `bytes` bytes of UTF-8 each: at line breaks, else at spaces, else between
 * characters as a person sees them. The break or space at a cut is gone, nothing else. `bytes` must be 4 or more.
 * Parts are made as they are asked for.
 */
export function* split(text: string, bytes: number): Generator<string> {
  const buffer = new Uint8Array(bytes);
  let rest = text.toWellFormed();
  while (rest !== "") {
    const { read } = encoder.encodeInto(rest.slice(0, bytes), buffer);
    const end = read === rest.length ? read : cutBefore(rest, read);
    const part = rest.slice(0, end);
    if (part.trim() !== "") yield part;
    rest = rest.slice(end).replace(/^[\n ]/u, "");
  }
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
