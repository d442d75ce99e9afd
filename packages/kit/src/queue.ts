/** A FIFO with an end: between whoever receives items and whoever asks for them one by one. */
export class Queue<T> {
  readonly #items: T[] = [];
  readonly #takers: PromiseWithResolvers<T>[] = [];
  readonly #limit: number;
  #full: (() => void) | undefined;
  #end: { readonly error: unknown } | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  /** `limit`: how many items may wait. Default: no bound. `full` is called the first time that there are more. */
  constructor(limit: number = Infinity, full?: () => void) {
    this.#limit = limit;
    this.#full = full;
  }

  /** How many items wait. */
  get size(): number {
    return this.#items.length;
  }

  /** Whether no more is taken. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Adds an item. False: it is full or at its end, and the item is not taken. */
  put(item: T): boolean {
    if (this.#end) return false;
    const taker = this.#takers.shift();
    if (taker) taker.resolve(item);
    else if (this.#items.length < this.#limit) this.#items.push(item);
    else {
      this.#full?.();
      this.#full = undefined;
      return false;
    }
    return true;
  }

  /** Adds an item, and drops the oldest when it is full. False: one was dropped, or it is at its end. */
  push(item: T): boolean {
    if (this.put(item)) return true;
    if (this.#end) return false;
    this.#items.shift();
    this.#items.push(item);
    return false;
  }

  /** The next item; those that wait come before the end, which rejects with its error. */
  async take(): Promise<T> {
    if (this.#items.length > 0) {
      const item = this.#items.shift()!;
      this.#signal();
      return item;
    }
    if (this.#end) throw this.#end.error;
    const taker = Promise.withResolvers<T>();
    this.#takers.push(taker);
    this.#signal();
    return taker.promise;
  }

  /** The items up to the end, which throws its error if it has one. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (this.#items.length > 0 || !this.#end) {
      const next = await this.take().then(
        (item) => ({ item }),
        () => undefined,
      );
      if (next) yield next.item;
    }
    if (this.#end?.error !== undefined) throw this.#end.error;
  }

  /** Resolves when fewer than `count` items wait, or at the end. */
  async room(count: number): Promise<void> {
    while (!this.#end && this.#items.length >= count) {
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
  }

  /** Takes all that wait. */
  drain(): T[] {
    const items = this.#items.splice(0);
    this.#signal();
    return items;
  }

  /** Takes no more; `take` rejects with the error once nothing waits. Twice is safe: the first error counts. */
  end(error?: unknown): void {
    if (this.#end) return;
    this.#end = { error };
    for (const taker of this.#takers.splice(0)) taker.reject(error);
    this.#signal();
  }

  #signal(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
