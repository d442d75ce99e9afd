import { setTimeout as sleep } from "node:timers/promises";

const FIRST = 500;
const MOST = 30_000;

/** Waits that grow from half a second to half a minute, each shortened by chance so that many bots do not come at once. */
export class Backoff {
  #tries = 0;

  reset(): void {
    this.#tries = 0;
  }

  /** Milliseconds until the next try. */
  next(): number {
    const full = Math.min(MOST, FIRST * 2 ** this.#tries++);
    return full / 2 + (Math.random() * full) / 2;
  }
}

/** Waits, or returns at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
