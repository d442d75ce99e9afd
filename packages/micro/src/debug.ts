import { PerformanceObserver } from "node:perf_hooks";
import type { Endpoint } from "@micro-bot/core";

/** go-micro's `Debug.Stats`, all as numbers: its JSON readers of every version take them. */
export interface Stats {
  /** Seconds since 1970: now, and when the service started. */
  readonly timestamp: number;
  readonly started: number;
  /** Seconds. */
  readonly uptime: number;
  /** Bytes in use on the heap. */
  readonly memory: number;
  /** What keeps the process busy: timers, sockets, requests. Go counts goroutines here. */
  readonly threads: number;
  /** Nanoseconds spent collecting garbage. */
  readonly gc: number;
  readonly requests: number;
  readonly errors: number;
}

const number = (name: string) => ({ name, type: "uint64" });

/** `Debug.*` for the registry, as go-micro describes its own: the names and types of what is asked and answered. */
export const debugEndpoints: Readonly<Record<string, Omit<Endpoint, "name">>> = {
  "Debug.Health": {
    metadata: { description: "Says whether it is alive" },
    request: { name: "HealthRequest", type: "HealthRequest" },
    response: {
      name: "HealthResponse",
      type: "HealthResponse",
      values: [{ name: "status", type: "string" }],
    },
  },
  "Debug.Stats": {
    metadata: { description: "Tells uptime, memory, requests and errors" },
    request: { name: "StatsRequest", type: "StatsRequest" },
    response: {
      name: "StatsResponse",
      type: "StatsResponse",
      values: ["timestamp", "started", "uptime", "memory", "threads", "gc", "requests", "errors"].map(number),
    },
  },
};

/** Counts what a service does, for `Debug.Stats`. */
export interface Counter {
  request(): void;
  error(): void;
  stats(): Stats;
  /** Ends the watch on garbage collection. Twice is safe. */
  stop(): void;
}

export function counter(): Counter {
  const started = Math.floor(Date.now() / 1000);
  let requests = 0;
  let errors = 0;
  let gc = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gc += duration;
  });
  observer.observe({ entryTypes: ["gc"] });
  return {
    request: () => {
      requests++;
    },
    error: () => {
      errors++;
    },
    stats: () => ({
      timestamp: Math.floor(Date.now() / 1000),
      started,
      uptime: Math.floor(Date.now() / 1000) - started,
      memory: process.memoryUsage().heapUsed,
      threads: process.getActiveResourcesInfo().length,
      gc: Math.round(gc * 1e6),
      requests,
      errors,
    }),
    stop: () => observer.disconnect(),
  };
}
