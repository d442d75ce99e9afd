/** Names remembered at one time; the longest quiet are forgotten first. */
const REMEMBERED = 10_000;

interface Bucket {
  /** 0 <= tokens <= rate. */
  tokens: number;
  at: number;
}

/** Token buckets by name: so many a minute, saved up to a minute's worth. The clock is passed in, in milliseconds. */
export class Buckets {
  readonly rate: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: number) {
    this.rate = rate;
  }

  /** Takes one. False: there is none. */
  take(name: string, now: number): boolean {
    const bucket = this.#buckets.get(name) ?? { tokens: this.rate, at: now };
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value!);
    bucket.tokens = Math.min(this.rate, bucket.tokens + ((now - bucket.at) / 60_000) * this.rate);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
