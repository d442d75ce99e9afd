import { type Log, messageOf, type Registry, type Service } from "@micro-bot/core";
import { Backoff, within } from "@micro-bot/kit";

/** Keeps a service in the registry. */
export interface Heartbeat {
  /** Registers; resolves after the first try, whatever came of it. A registry that is down is asked again and again. */
  start(): Promise<void>;
  /** Why it is not registered now; undefined when it is. */
  trouble(): string | undefined;
  /** Deregisters, and waits no more than a few seconds for it. Twice is safe. */
  stop(): Promise<void>;
}

export interface HeartbeatOptions {
  readonly registry: Registry;
  readonly service: Service;
  /** Milliseconds until the registry drops a record that is not renewed. */
  readonly ttl: number;
  /** Milliseconds between renewals. */
  readonly interval: number;
  readonly log?: Log;
}

/** A registry that never answers is waited for no longer, in milliseconds. */
const PATIENCE = 5000;

export function heartbeat({ registry, service, ttl, interval, log }: HeartbeatOptions): Heartbeat {
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();
  let backoff: Backoff | undefined;
  let trouble: string | undefined = "not registered yet";
  let running = false;

  async function beat(): Promise<void> {
    try {
      await registry.register(service, { ttl });
      if (backoff) log?.info({ service: service.name }, "registered again");
      backoff = undefined;
      trouble = undefined;
    } catch (error) {
      trouble = messageOf(error);
      if (!backoff)
        log?.warn({ service: service.name, error: messageOf(error) }, "cannot register, will try again");
      backoff ??= new Backoff(undefined, interval);
    }
    if (running) timer = setTimeout(run, wait());
  }

  function run(): void {
    beating = beat();
  }

  /** Jitter, so that services started together do not renew together. */
  function wait(): number {
    return backoff?.next() ?? interval * (0.8 + Math.random() * 0.2);
  }

  return {
    async start() {
      if (running) return;
      running = true;
      run();
      await within(beating, PATIENCE);
    },
    trouble: () => trouble,
    async stop() {
      if (!running) return;
      running = false;
      clearTimeout(timer);
      // A renewal still under way would bring the record back after it was removed.
      await within(
        beating.then(() => registry.deregister(service)),
        PATIENCE,
      ).catch((error: unknown) =>
        log?.warn({ service: service.name, error: messageOf(error) }, "cannot deregister"),
      );
    },
  };
}
