import { setTimeout as sleep } from "node:timers/promises";

const FIRST_MS = 500;
const MAX_MS = 30_000;

/** Exponential backoff with jitter: from half a second to half a minute, unless told otherwise. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #tries = 0;

  constructor(firstMs: number = FIRST_MS, maxMs: number = MAX_MS) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  reset(): void {
    this.#tries = 0;
  }

  /** Milliseconds until the next try: between half of the step and all of it, so that many bots do not come at once. */
  next(): number {
    const fullMs = Math.min(this.#maxMs, this.#firstMs * 2 ** this.#tries++);
    return fullMs / 2 + (Math.random() * fullMs) / 2;
  }
}

/** Waits so many milliseconds, or until the signal aborts. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Resolves when the signal aborts; at once when it has. `until` stops the wait, which then never resolves. */
export function aborted(signal: AbortSignal, until?: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const options = { once: true, ...(until && { signal: until }) };
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), options));
}

/** Rejects with the signal's reason when it aborts: to be raced against. */
export function rejection(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  // Nobody listens any more when the other was quicker.
  promise.catch(() => undefined);
  return promise;
}

/** Whether the work was done in so many milliseconds, or before the signal aborts. Rejects as the work does. */
export async function within(work: Promise<unknown>, limit: number | AbortSignal): Promise<boolean> {
  const done = new AbortController();
  const late = typeof limit === "number" ? pause(limit, done.signal) : aborted(limit, done.signal);
  try {
    return await Promise.race([work.then(() => true), late.then(() => false)]);
  } finally {
    done.abort();
  }
}
