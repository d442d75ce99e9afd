/** Those who are told of each change. */
export type Followers<T> = Set<(item: T) => void>;

/** Yields what the followers' set is told from now on, until the signal aborts. */
export function follow<T>(
  followers: Followers<T>,
  signal: AbortSignal,
  wanted: (item: T) => boolean,
): AsyncIterable<T> {
  const waiting: T[] = [];
  let wake: (() => void) | undefined;
  const follower = (item: T) => {
    if (!wanted(item)) return;
    waiting.push(item);
    wake?.();
  };
  const stop = () => {
    followers.delete(follower);
    wake?.();
  };
  if (!signal.aborted) followers.add(follower);
  signal.addEventListener("abort", stop, { once: true });

  async function* items(): AsyncGenerator<T> {
    try {
      while (!signal.aborted) {
        while (waiting.length > 0) yield waiting.shift()!;
        if (signal.aborted) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      stop();
      signal.removeEventListener("abort", stop);
    }
  }
  return items();
}
