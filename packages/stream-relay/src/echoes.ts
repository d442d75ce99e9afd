import { bare } from "./carried.ts";

/** How long a line is remembered, in milliseconds, and how many are. */
const REMEMBERED = 10 * 60_000;
const MOST = 5000;

/**
 * What was carried lately. When it is heard again with a label before it, another relay has brought it back, and it is
 * not carried once more.
 */
export class Echoes {
  readonly #lines = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(text: string): void {
    for (const line of bare(text).lines) {
      this.#lines.delete(line);
      this.#lines.set(line, this.#now());
      if (this.#lines.size > MOST) this.#lines.delete(this.#lines.keys().next().value!);
    }
  }

  /** Whether each of its lines has a label, and was carried lately. */
  has(text: string): boolean {
    const { lines, labelled } = bare(text);
    const since = this.#now() - REMEMBERED;
    return labelled && lines.every((line) => (this.#lines.get(line) ?? -Infinity) > since);
  }
}
