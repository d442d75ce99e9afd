/** A FIFO with an end: between whoever receives items and whoever asks for them one by one. */
export class Queue<T> {
  readonly #items: T[] = [];
  readonly #takers: PromiseWithResolvers<T>[] = [];
  readonly #limit: number;
  #end: { readonly error: unknown } | undefined;
  #room = Promise.withResolvers<void>();

  /** `limit`: how many items may wait. Default: no bound. */
  constructor(limit: number = Infinity) {
    this.#limit = limit;
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
    else return false;
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

  /** Resolves when fewer than `count` items wait, or at the end. */
  async room(count: number): Promise<void> {
    while (!this.#end && this.#items.length >= count) await this.#room.promise;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#items.length = 0;
    this.#signal();
  }

  /** Takes no more; `take` rejects with the error once nothing waits. Twice is safe: the first error counts. */
  end(error: unknown): void {
    if (this.#end) return;
    this.#end = { error };
    for (const taker of this.#takers.splice(0)) taker.reject(error);
    this.#signal();
  }

  #signal(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }
}
