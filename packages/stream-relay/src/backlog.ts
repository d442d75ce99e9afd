/** What waits for one reader: the oldest goes when there is too much. */
export class Backlog<T> {
  readonly #most: number;
  readonly #items: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(most: number) {
    this.#most = most;
  }

  /** False: the oldest had to go. Never waits. */
  push(item: T): boolean {
    if (this.#ended) return false;
    const full = this.#items.length >= this.#most;
    if (full) this.#items.shift();
    this.#items.push(item);
    this.#wake?.();
    return !full;
  }

  /** The next, or undefined at the end. */
  async take(): Promise<T | undefined> {
    while (this.#items.length === 0 && !this.#ended)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#items.shift();
  }

  /** Takes nothing more; what waits can still be taken. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}
