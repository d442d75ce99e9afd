const CLOSING = new Map([
  ['"', '"'],
  ["'", "'"],
  ["“", "”"],
  ["‘", "’"],
]);
const SPACE = /\s/u;
/** Opened quotes and brackets that are looked for in vain; each costs a look at all that follows. */
const MISSES = 16;

/**
 * Splits a line into arguments: words, quoted text without its quotes, and JSON (`{…}`, `[…]`) whole.
 * A phone's curly quotes count as quotes. A quote or bracket that never closes is taken as it stands: nothing is lost.
 */
export function splitArgs(text: string): string[] {
  const args: string[] = [];
  const misses = { left: MISSES };
  let at = 0;
  while (true) {
    while (at < text.length && SPACE.test(text[at]!)) at++;
    if (at >= text.length) return args;
    const [arg, next] = json(text, at, misses) ?? word(text, at, misses);
    args.push(arg);
    at = next;
  }
}

type Piece = readonly [arg: string, next: number];
interface Misses {
  left: number;
}

function word(text: string, start: number, misses: Misses): Piece {
  let arg = "";
  let at = start;
  while (at < text.length && !SPACE.test(text[at]!)) {
    const piece = at === start || text[at - 1] === "=" ? quoted(text, at, misses) : undefined;
    if (piece) {
      arg += piece[0];
      at = piece[1];
    } else arg += text[at++];
  }
  return [arg, at];
}

function quoted(text: string, start: number, misses: Misses): Piece | undefined {
  const closing = CLOSING.get(text[start]!);
  if (closing === undefined || misses.left === 0) return undefined;
  let arg = "";
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\" && closing === '"' && (text[at + 1] === '"' || text[at + 1] === "\\"))
      arg += text[++at];
    else if (char !== closing) arg += char;
    // A quote inside a word, as in 'it's', closes nothing.
    else if (at + 1 >= text.length || SPACE.test(text[at + 1]!)) return [arg, at + 1];
    else arg += char;
  }
  misses.left--;
  return undefined;
}

function json(text: string, start: number, misses: Misses): Piece | undefined {
  if ((text[start] !== "{" && text[start] !== "[") || misses.left === 0) return undefined;
  let depth = 0;
  let quote = "";
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "“") quote = CLOSING.get(char)!;
    else if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return end(text, start, at + 1, misses);
  }
  misses.left--;
  // It never closes: all of it, so that whoever reads the JSON can say where it breaks.
  return text[start] === "{" ? [text.slice(start).trimEnd(), text.length] : undefined;
}

function end(text: string, start: number, next: number, misses: Misses): Piece | undefined {
  if (next < text.length && !SPACE.test(text[next]!)) {
    misses.left--;
    return undefined;
  }
  return [text.slice(start, next), next];
}
