/** Where a text may be cut, best first: between paragraphs, lines, words. */
const PLACES = ["\n\n", "\n", " "] as const;

/**
 * Cuts a text into pieces of at most `most` UTF-16 units: after a paragraph, a line or a word in the second half of a
 * piece, else between characters. Joined, the pieces are the text but for the white space at the cuts.
 */
export function split(text: string, most: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > most) {
    const end = cut(rest, most);
    pieces.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).replace(/^(?: |\n+)/u, "");
  }
  return [...pieces, rest].filter((piece) => piece.trim() !== "");
}

function cut(text: string, most: number): number {
  for (const place of PLACES) {
    const at = text.lastIndexOf(place, most);
    if (at > most / 2) return at;
  }
  // Not between the halves of a character.
  return isHigh(text.charCodeAt(most - 1)) ? most - 1 : most;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
