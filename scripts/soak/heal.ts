import { setTimeout as delay } from "node:timers/promises";
import type { Crowd, Probed } from "./crowd.ts";

/** How often it is asked, in milliseconds. */
const EVERY = 100;

/**
 * Milliseconds until something that is said from now on is answered, by a bot that is meant; Infinity when it was not
 * within the time allowed.
 */
export async function healed(
  crowd: Crowd,
  ms: number,
  meant: (probed: Probed) => boolean = () => true,
): Promise<number> {
  const began = performance.now();
  const first = crowd.probe();
  const { promise, resolve } = Promise.withResolvers<number>();
  crowd.onProbed((probed) => {
    if (probed.number >= first && meant(probed)) resolve(performance.now() - began);
  });
  const answered = promise.then(() => true);
  while (performance.now() - began < ms) {
    if (await Promise.race([answered, delay(EVERY, false)])) return promise;
    crowd.probe();
  }
  return Infinity;
}
