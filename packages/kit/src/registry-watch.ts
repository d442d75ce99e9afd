import type { RegistryEvent } from "@micro-bot/core";
import { Queue } from "./queue.ts";

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
  const followers = new Set<Queue<RegistryEvent>>();
  let running: { readonly stop: AbortController; readonly ready: Promise<void> } | undefined;

  function start(): void {
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    stop.signal.addEventListener("abort", () => resolve());
    running = { stop, ready: promise };
    void observe(stop.signal, {
      ready: resolve,
      change(event) {
        for (const follower of followers) follower.put(event);
      },
    });
  }

  /** What it has not yet given, it still gives. */
  function leave(follower: Queue<RegistryEvent>): void {
    follower.end();
    followers.delete(follower);
    if (followers.size > 0) return;
    running?.stop.abort();
    running = undefined;
  }

  async function* events(follower: Queue<RegistryEvent>, over: () => void): AsyncGenerator<RegistryEvent> {
    try {
      yield* follower;
    } finally {
      over();
    }
  }

  return {
    follow(signal) {
      const follower = new Queue<RegistryEvent>();
      const over = () => {
        signal.removeEventListener("abort", over);
        leave(follower);
      };
      if (signal.aborted) follower.end();
      else {
        followers.add(follower);
        signal.addEventListener("abort", over, { once: true });
        if (!running) start();
      }
      return events(follower, over);
    },
    ready: () => running?.ready ?? Promise.resolve(),
    stop() {
      for (const follower of [...followers]) leave(follower);
    },
  };
}
