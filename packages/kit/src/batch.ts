export interface BatchOptions {
  /** Milliseconds from a batch's first item to its end. */
  readonly every: number;
  /** Items of one batch; it ends with the last of them. */
  readonly most: number;
}

/**
 * Items in batches, in order, none twice and none empty: for a follower that says once what happened in a while.
 * A batch begins with its first item. What is left is the last batch when the items end, or fail: then the error
 * follows. It is in memory only, and a crash loses it.
 */
export async function* batch<T>(
  items: AsyncIterable<T>,
  { every, most }: BatchOptions,
): AsyncGenerator<readonly T[], void, undefined> {
  const source = items[Symbol.asyncIterator]();
  const take = () => {
    const next = source.next();
    // It may fail while nobody waits for it; the next batch finds out.
    next.catch(() => undefined);
    return next;
  };
  let next = take();
  try {
    for (let first = await next; !first.done; first = await next) {
      const some = [first.value];
      next = take();
      const { promise: over, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => resolve(undefined), every);
      while (some.length < most) {
        const more = await Promise.race([next, over]).catch(() => undefined);
        if (more === undefined || more.done) break;
        some.push(more.value);
        next = take();
      }
      clearTimeout(timer);
      yield some;
    }
  } finally {
    // Not waited for: it ends when the item that it waits for has come.
    source.return?.()?.catch(() => undefined);
  }
}
