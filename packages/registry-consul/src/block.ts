import { Backoff, pause } from "@micro-bot/kit";
import type { Call, Client } from "./client.ts";

/** Milliseconds that a blocking query waits for a change. */
const WAIT = 30_000;

/** Pause after a change, so that a burst of them is read once. */
const PAUSE = 50;

/** Pause after the first failure, in milliseconds. */
export const RETRY_MS = 100;

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
  const backoff = new Backoff(RETRY_MS);
  let outages = client.outages();
  while (!signal.aborted) {
    try {
      // Another query may have seen an outage that this one slept through; an old index would wait for a change
      // that a restarted Consul has long made.
      if (outages !== client.outages()) index = 0;
      outages = client.outages();
      const answer = await client.read(call, { index, wait: WAIT, signal });
      backoff.reset();
      if (answer.index === index) continue;
      index = answer.index < index ? 0 : answer.index;
      await on.answer(answer.body);
      await pause(PAUSE, signal);
    } catch {
      if (signal.aborted) return;
      index = 0;
      on.outage();
      await pause(backoff.next(), signal);
    }
  }
}
