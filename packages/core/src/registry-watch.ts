import { EventEmitter, on, setMaxListeners } from "node:events";
import type { RegistryEvent } from "./registry.ts";

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
  const events = new EventEmitter().setMaxListeners(0);
  let running: { stop: AbortController; ready: Promise<void> } | undefined;

  events.on("removeListener", () => {
    if (events.listenerCount("event") === 0) rest();
  });

  function start(): void {
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    stop.signal.addEventListener("abort", () => resolve());
    running = { stop, ready: promise };
    void observe(stop.signal, { ready: resolve, change: (event) => void events.emit("event", event) });
  }

  function rest(): void {
    running?.stop.abort();
    running = undefined;
  }

  return {
    follow(signal) {
      if (signal.aborted) return nothing();
      const iterator = on(events, "event", { signal, close: ["end"] });
      if (running === undefined) start();
      return untilAborted(iterator, signal);
    },
    ready: () => running?.ready ?? Promise.resolve(),
    stop() {
      events.emit("end");
      rest();
    },
  };
}

async function* untilAborted(
  events: AsyncIterable<RegistryEvent[]>,
  signal: AbortSignal,
): AsyncGenerator<RegistryEvent> {
  try {
    for await (const batch of events) yield* batch;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* nothing(): AsyncGenerator<never> {}
