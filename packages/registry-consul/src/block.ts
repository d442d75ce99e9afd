import { setTimeout as delay } from "node:timers/promises";
import type { Call, Client } from "./client.ts";

/** Milliseconds that a blocking query waits for a change. */
const WAIT = 30_000;

/** Pause after a change, so that a burst of them is read once. */
const PAUSE = 50;

const MAX_BACKOFF = 30_000;

/**
 * One blocking query, again and again, until the signal aborts. It outlives Consul's outages; each is told once
 * per failed try. An index that goes backwards is a restored or restarted Consul: it begins anew.
 * https://developer.hashicorp.com/consul/api-docs/features/blocking
 *
 * The library has a watch too; that one ends for ever at the first answer that is not Consul's, and stays with
 * one address.
 */
export async function block(
  client: Client,
  call: Call,
  signal: AbortSignal,
  on: { answer(body: unknown): void | Promise<void>; outage(): void },
): Promise<void> {
  let index = 0;
  let failures = 0;
  let outages = client.outages();
  while (!signal.aborted) {
    try {
      // Another query may have seen an outage that this one slept through; an old index would wait for a change
      // that a restarted Consul has long made.
      if (outages !== client.outages()) index = 0;
      outages = client.outages();
      const answer = await client.read(call, { index, wait: WAIT, signal });
      failures = 0;
      if (answer.index === index) continue;
      index = answer.index < index ? 0 : answer.index;
      await on.answer(answer.body);
      await pause(PAUSE, signal);
    } catch {
      if (signal.aborted) return;
      index = 0;
      on.outage();
      await backOff(failures++, signal);
    }
  }
}

/** Waits longer after each failure: 100 ms, 200 ms and so on, up to half a minute. */
export async function backOff(failures: number, signal: AbortSignal): Promise<void> {
  await pause(Math.min(MAX_BACKOFF, 100 * 2 ** Math.min(failures, 20)), signal);
}

// Half of it by chance, so that many bots do not come back to Consul in one moment.
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
}
