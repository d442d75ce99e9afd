import { RecentMap } from "@micro-bot/kit";

const WINDOW_MS = 10 * 60_000;
const MAX_KEYS = 10_000;

/**
 * How often a person, or a thread, was answered lately: two machines that answer each other must come to an end. Each
 * answer is counted for the whole window, so that no ten minutes have more of them, as a bucket that fills again would let.
 */
export class Restraint {
  readonly #most: number;
  readonly #now: () => number;
  readonly #times = new RecentMap<string, readonly number[]>(MAX_KEYS);
  readonly #told = new RecentMap<string, true>(MAX_KEYS);

  constructor(most: number, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  /** Whether all of these may be answered once more. */
  allows(keys: readonly string[]): boolean {
    return keys.every((key) => this.#lately(key).length < this.#most);
  }

  /** They are being answered. */
  count(keys: readonly string[]): void {
    for (const key of keys) this.#times.set(key, [...this.#lately(key), this.#now()]);
  }

  /** Whether this is the first refusal since the key was last allowed: then it is told, and not again. */
  isNews(key: string): boolean {
    if (this.#told.has(key)) return false;
    this.#told.set(key, true);
    return true;
  }

  /** They may speak again. */
  settle(key: string): void {
    this.#told.delete(key);
  }

  #lately(key: string): readonly number[] {
    const since = this.#now() - WINDOW_MS;
    return (this.#times.get(key) ?? []).filter((time) => time > since);
  }
}
