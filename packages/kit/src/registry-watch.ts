import type { RegistryEvent } from "@micro-bot/core";
import { type Followers, follow } from "./followers.ts";

/** For a registry's `watch`: tells its followers what changes. It observes only while somebody follows. */
export interface RegistryWatch {
  follow(signal: AbortSignal): AsyncIterable<RegistryEvent>;
  /** Settles when all changes from now on will be told; at once when nobody follows. */
  ready(): Promise<void>;
  /** Ends all followers. */
  stop(): void;
}

/** Tells changes until the signal aborts, and once that it is ready to. */
export type ObserveRegistry = (
  signal: AbortSignal,
  on: { ready(): void; change(event: RegistryEvent): void },
) => Promise<void>;

export function registryWatch(observe: ObserveRegistry): RegistryWatch {
  const followers: Followers<RegistryEvent> = new Set();
  let ending = new AbortController();
  let running: { readonly stop: AbortController; readonly ready: Promise<void> } | undefined;

  function start(): void {
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    stop.signal.addEventListener("abort", () => resolve());
    running = { stop, ready: promise };
    void observe(stop.signal, {
      ready: resolve,
      change(event) {
        for (const follower of followers) follower(event);
      },
    });
  }

  function restWhenAlone(): void {
    if (followers.size > 0) return;
    running?.stop.abort();
    running = undefined;
  }

  async function* counted(events: AsyncIterable<RegistryEvent>): AsyncGenerator<RegistryEvent> {
    try {
      yield* events;
    } finally {
      restWhenAlone();
    }
  }

  return {
    follow(signal) {
      const over = AbortSignal.any([signal, ending.signal]);
      const events = follow(followers, over, () => true);
      if (over.aborted) return events;
      over.addEventListener("abort", restWhenAlone, { once: true });
      if (running === undefined) start();
      return counted(events);
    },
    ready: () => running?.ready ?? Promise.resolve(),
    stop() {
      ending.abort();
      ending = new AbortController();
      followers.clear();
      restWhenAlone();
    },
  };
}
