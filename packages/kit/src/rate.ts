import { RecentMap } from "./recent.ts";

/** Keys of which a limiter knows the rate; the longest quiet are forgotten first. */
const MAX_KEYS = 10_000;

interface Bucket {
  /** 0 <= tokens <= limit. */
  readonly tokens: number;
  readonly at: number;
}

/** Token buckets by key: so many in a window, saved up to a window's worth. The clock is passed in, in milliseconds. */
export class RateLimiter {
  readonly limit: number;
  readonly #windowMs: number;
  readonly #buckets = new RecentMap<string, Bucket>(MAX_KEYS);

  constructor(limit: number, windowMs = 60_000) {
    this.limit = limit;
    this.#windowMs = windowMs;
  }

  /** Takes one. False: there is none. */
  take(key: string, now: number): boolean {
    const tokens = this.#left(key, now);
    this.#buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    return tokens >= 1;
  }

  /** Whether `take` would give one. */
  has(key: string, now: number): boolean {
    return this.#left(key, now) >= 1;
  }

  #left(key: string, now: number): number {
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: this.limit, at: now };
    return Math.min(this.limit, tokens + (Math.max(0, now - at) / this.#windowMs) * this.limit);
  }
}
