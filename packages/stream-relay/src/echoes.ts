import { RecentMap } from "@micro-bot/kit";
import { type Line, linesIn } from "./carried.ts";

/** How long a line is remembered, and how many are. */
const REMEMBERED_MS = 10 * 60_000;
const MAX_LINES = 5000;
/** What has passed so many relays goes round. */
const DEEPEST = 3;

/**
 * What was carried lately, line by line with who said it. When it is heard again with its speaker before it, another
 * relay has brought it back, and it is not carried once more.
 */
export class Echoes {
  readonly #lines = new RecentMap<string, number>(MAX_LINES);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What somebody said. What stands in it as another's words is theirs. */
  add(speaker: string, text: string): void {
    for (const { who = speaker, words } of linesIn(text)) this.#lines.set(keyOf({ who, words }), this.#now());
  }

  /** Whether each of its lines names who said it, and was carried lately as theirs or has passed many relays. */
  has(text: string): boolean {
    const lines = linesIn(text);
    const since = this.#now() - REMEMBERED_MS;
    const isKnown = (line: Line) => (this.#lines.get(keyOf(line)) ?? -Infinity) > since;
    const isEcho = (line: Line) => line.who !== undefined && (line.labels > DEEPEST || isKnown(line));
    return lines.length > 0 && lines.every(isEcho);
  }
}

function keyOf({ who, words }: Omit<Line, "labels">): string {
  // What follows in a label is where it was said, and to whom.
  return JSON.stringify([who?.split(", ")[0], words]);
}
