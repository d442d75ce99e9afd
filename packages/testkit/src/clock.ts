/** Time, for code that is given it instead of taking it. The global functions and `Date.now` fit. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** A clock that stands still until told. Its functions may be passed on alone, as in `memoryStore(clock.now)`. */
export interface FakeClock extends Clock {
  /** Moves on. What falls due runs in order, each with the time it was set for, and what it set off settles first. */
  advance(ms: number): Promise<void>;
  /** Timers that have not fired. */
  readonly pending: number;
}

interface Timer {
  readonly at: number;
  run(): void;
}

export function fakeClock(start: number = Date.UTC(2016, 0, 1)): FakeClock {
  const timers = new Set<Timer>();
  let time = start;

  function due(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) if (timer.at <= end && (!first || timer.at < first.at)) first = timer;
    return first;
  }

  return {
    now: () => time,
    setTimeout(run, ms) {
      const timer: Timer = { at: time + Math.max(0, ms), run };
      timers.add(timer);
      return timer;
    },
    clearTimeout(timer) {
      timers.delete(timer as Timer);
    },
    async advance(ms) {
      const end = time + ms;
      await settle();
      for (let timer = due(end); timer; timer = due(end)) {
        timers.delete(timer);
        time = timer.at;
        timer.run();
        await settle();
      }
      time = end;
    },
    get pending() {
      return timers.size;
    },
  };
}

// One turn of the event loop: promise chains without I/O have run to their end by then.
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
