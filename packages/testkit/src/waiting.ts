/** The promise's value, or an error that says what did not come within so many milliseconds. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks again and again until the answer is neither `undefined` nor `false`. For what another process settles in its
 * own time and tells nobody about.
 */
export async function eventually<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  ms: number,
  what: string,
): Promise<T> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const answer = await within(Promise.resolve(ask()), ms, what);
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${what}: not within ${ms} ms`);
}

/** What the promise rejects with; that it resolves is the error. */
export async function rejection(promise: Promise<unknown>, what: string): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!outcome) throw new Error(`${what}: it resolved, and should have rejected`);
  return outcome.error;
}

/** All that an iterable yields until it ends. */
export async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** Gathers what an iterable yields, in the background. */
export interface Gathered<T> {
  readonly items: readonly T[];
  /** Settles when the iterable ends; rejects when it throws. */
  readonly ended: Promise<void>;
}

export function gather<T>(iterable: AsyncIterable<T>): Gathered<T> {
  const items: T[] = [];
  const ended = (async () => {
    for await (const item of iterable) items.push(item);
  })();
  // Whoever awaits `ended` sees the error; nobody else must trip over it.
  ended.catch(() => {});
  return { items, ended };
}

/** A word that nothing else in the run contains. Letters and digits only, so that every network carries it. */
export function token(): string {
  return `tk${Math.random().toString(36).slice(2, 10)}${(count++).toString(36)}`;
}

let count = 0;
