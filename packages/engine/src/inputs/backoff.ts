import { setTimeout as sleep } from "node:timers/promises";

const FIRST = 500;
const MOST = 30_000;

/** Waits that grow, from half a second to half a minute unless told, each shortened by chance so that many bots do not come at once. */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  #tries = 0;

  constructor(first: number = FIRST, most: number = MOST) {
    this.#first = first;
    this.#most = most;
  }

  reset(): void {
    this.#tries = 0;
  }

  /** Milliseconds until the next try. */
  next(): number {
    const full = Math.min(this.#most, this.#first * 2 ** this.#tries++);
    return full / 2 + (Math.random() * full) / 2;
  }
}

/** How long a network may tell the bot to wait, in milliseconds: an hour; what it says is not always sound. */
const LONGEST_TOLD = 3_600_000;

/** The milliseconds after which an error says to try again (`detail.retryAfter`), if it does. */
export function retryAfter(error: unknown): number | undefined {
  const after = (error as { detail?: { retryAfter?: unknown } } | undefined)?.detail?.retryAfter;
  return typeof after === "number" && after >= 0 ? Math.min(after, LONGEST_TOLD) : undefined;
}

/** Waits, or returns at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
