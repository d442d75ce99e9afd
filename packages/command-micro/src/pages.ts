import { type Context, formatAddress } from "@micro-bot/core";

/** Lines of one page. */
export const PAGE = 40;
/** People whose next page is remembered; the longest quiet are forgotten first. */
const REMEMBERED = 1000;

type Asker = Pick<Context, "person" | "event">;

/** Long lists a page at a time, for each person in each place. */
export class Pages {
  readonly #rest = new Map<string, readonly string[]>();

  /** The first page, and how many lines are left for `more`. */
  first({ person, event }: Asker, text: string, size: number): string {
    // A shell's answer may go into a pipe: all of it, always.
    return Array.isArray(event.meta.args) ? text : this.#page(formatAddress(person), text.split("\n"), size);
  }

  /** The next page; undefined when there is none. */
  next({ person }: Asker, size: number): string | undefined {
    const lines = this.#rest.get(formatAddress(person));
    return lines && this.#page(formatAddress(person), lines, size);
  }

  #page(key: string, lines: readonly string[], size: number): string {
    this.#rest.delete(key);
    // One line over is shown: a page that says 'one more line' is no shorter.
    if (lines.length <= size + 1) return lines.join("\n");
    const rest = lines.slice(size);
    this.#rest.set(key, rest);
    if (this.#rest.size > REMEMBERED) this.#rest.delete(this.#rest.keys().next().value!);
    return [...lines.slice(0, size), `… ${rest.length} more lines: say 'more'`].join("\n");
  }
}
