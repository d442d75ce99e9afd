import { type Log, messageOf, type Registry, type Service } from "@micro-bot/core";

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

const PATIENCE = 5000;
const FIRST_RETRY = 500;

export function heartbeat({ registry, service, ttl, interval, log }: HeartbeatOptions): Heartbeat {
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();
  let failures = 0;
  let trouble: string | undefined = "not registered yet";
  let running = false;

  async function beat(): Promise<void> {
    try {
      await registry.register(service, { ttl });
      if (failures > 0) log?.info({ service: service.name }, "registered again");
      failures = 0;
      trouble = undefined;
    } catch (error) {
      trouble = messageOf(error);
      if (failures === 0)
        log?.warn({ service: service.name, error: messageOf(error) }, "cannot register, will try again");
      failures++;
    }
    if (running) timer = setTimeout(run, wait());
  }

  function run(): void {
    beating = beat();
  }

  /** Jitter, so that services started together do not renew together. */
  function wait(): number {
    const time =
      failures === 0 ? interval : Math.min(interval, FIRST_RETRY * 2 ** Math.min(failures - 1, 10));
    return time * (0.8 + Math.random() * 0.2);
  }

  return {
    async start() {
      if (running) return;
      running = true;
      run();
      await patiently(beating);
    },
    trouble: () => trouble,
    async stop() {
      if (!running) return;
      running = false;
      clearTimeout(timer);
      // A renewal still under way would bring the record back after it was removed.
      await patiently(beating.then(() => registry.deregister(service))).catch((error: unknown) =>
        log?.warn({ service: service.name, error: messageOf(error) }, "cannot deregister"),
      );
    },
  };
}

/** Waits for the work, but not for a registry that never answers. */
async function patiently(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
