/** How far a character as a person sees it may reach to either side of a cut, in UTF-16 units. */
const AROUND = 64;

/** A text in two. Together they are the text, every character of it. */
export interface Page {
  readonly page: string;
  /** Empty: the page is all there is. */
  readonly rest: string;
}

/**
 * The most of a text that fits together with the note of what is left: up to a line's end, else a word's, else between
 * characters. `fits` is asked of what would be shown; a text of which nothing fits is a page by itself.
 */
export function pageOf(text: string, fits: (shown: string) => boolean): Page {
  if (fits(text)) return { page: text, rest: "" };
  let [least, most] = [0, text.length];
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (fits(withNote(at(text, middle)))) least = middle;
    else most = middle;
  }
  const cut = least === 0 ? { page: text, rest: "" } : at(text, endNear(text, least));
  // Of white space there is nothing to come.
  return cut.rest.trim() === "" ? { page: text, rest: "" } : cut;
}

/** A page as it is shown: its last line says that there is more, and how to get it. */
export function withNote({ page, rest }: Page, how = ": say 'more' for the rest"): string {
  if (rest === "") return page;
  return `${page}${page.endsWith("\n") ? "" : "\n"}… ${amount(rest)}${how}`;
}

function amount(rest: string): string {
  const lines = rest.trimEnd().split("\n").length;
  return lines > 1 ? `${lines} more lines` : `${rest.length} more character${rest.length === 1 ? "" : "s"}`;
}

function at(text: string, end: number): Page {
  return { page: text.slice(0, end), rest: text.slice(end) };
}

/** A good place for a cut, at or before `end`; a line or word that begins in the first half is cut rather than waited for. */
function endNear(text: string, end: number): number {
  for (const gap of ["\n", " "]) {
    const after = text.lastIndexOf(gap, end - 1) + 1;
    if (after > end / 2) return after;
  }
  const from = Math.max(0, end - AROUND);
  const around = text.slice(from, end + AROUND);
  const character = new Intl.Segmenter("en", { granularity: "grapheme" })
    .segment(around)
    .containing(end - from);
  return from + (character?.index ?? 0) || end;
}
