import { byteLength, cutBefore } from "./text.ts";

const encoder = new TextEncoder();
/** Where a text may be cut, best first: between paragraphs, lines, words. */
const GAPS: readonly string[] = ["\n\n", "\n", " "];

export interface SplitOptions {
  /** What the limit counts. Default `bytes`, of UTF-8. */
  readonly unit?: "bytes" | "characters";
  /** Texts at which it may be cut, best first. Default: an empty line, a newline, a space. */
  readonly gaps?: readonly string[];
}

/**
 * Cuts a text into pieces of at most `limit` bytes, or characters (UTF-16 units), made as they are asked for: after the
 * best gap in the second half of a piece, else after any gap, else between graphemes (UAX #29); only one that is longer
 * than a piece is cut, between its code points. The white space at a cut is in neither piece. `limit` must be 4 or more.
 */
export function* splitText(
  text: string,
  limit: number,
  { unit = "bytes", gaps = GAPS }: SplitOptions = {},
): Generator<string> {
  let rest = text.toWellFormed();
  for (let end = endOf(rest, limit, unit); end < rest.length; end = endOf(rest, limit, unit)) {
    const [at, next] = cutOf(rest, end, gaps);
    const piece = rest.slice(0, at).trimEnd();
    if (piece !== "") yield piece;
    rest = rest.slice(next);
  }
  if (rest.trim() !== "") yield rest;
}

/** How many UTF-16 units of a text fit into a limit, whole code points only. */
function endOf(text: string, limit: number, unit: "bytes" | "characters"): number {
  if (unit === "characters") return wholeBefore(text, limit);
  // Each UTF-16 unit is at least a byte: more than `limit` of them never fit.
  const window = text.slice(0, limit);
  if (byteLength(window) === window.length) return wholeBefore(text, limit);
  return encoder.encodeInto(window, new Uint8Array(limit)).read;
}

/** At most `end`, and not between the halves of a surrogate pair. */
function wholeBefore(text: string, end: number): number {
  if (end >= text.length) return text.length;
  const half = text.charCodeAt(end - 1);
  return half >= 0xd800 && half < 0xdc00 ? end - 1 : end;
}

/** Where to cut a text of which `end` units fit, and where to go on: spaces after a newline are an indent, and stay. */
function cutOf(text: string, end: number, gaps: readonly string[]): readonly [at: number, next: number] {
  const found = gaps.map((gap) => [text.lastIndexOf(gap, end), gap] as const);
  const [at, gap] = found.find(([at]) => at > end / 2) ?? found.find(([at]) => at > 0) ?? [];
  if (at === undefined || gap === undefined) {
    const cut = cutBefore(text, end) || end;
    return [cut, cut];
  }
  let next = at + gap.length;
  while (text[next] === gap.at(-1)) next++;
  return [at, next];
}
