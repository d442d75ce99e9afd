const WINDOW = 10 * 60_000;
const MOST_KEYS = 10_000;

/** How often a person, or a thread, was answered lately: two machines that answer each other must come to an end. */
export class Restraint {
  readonly #most: number;
  readonly #now: () => number;
  readonly #times = new Map<string, number[]>();
  readonly #told = new Set<string>();

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
    if (this.#times.size > MOST_KEYS) this.#forget();
    for (const key of keys) this.#times.set(key, [...this.#lately(key), this.#now()]);
  }

  /** Whether this is the first refusal since the key was last allowed: then it is told, and not again. */
  isNews(key: string): boolean {
    if (this.#told.has(key)) return false;
    if (this.#told.size > MOST_KEYS) this.#told.clear();
    this.#told.add(key);
    return true;
  }

  /** They may speak again. */
  settle(key: string): void {
    this.#told.delete(key);
  }

  #lately(key: string): readonly number[] {
    const since = this.#now() - WINDOW;
    return (this.#times.get(key) ?? []).filter((time) => time > since);
  }

  #forget(): void {
    for (const key of [...this.#times.keys()]) if (this.#lately(key).length === 0) this.#times.delete(key);
    // Whoever sends from so many addresses is no person.
    if (this.#times.size > MOST_KEYS) this.#times.clear();
  }
}
