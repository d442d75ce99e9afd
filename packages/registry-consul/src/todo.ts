/** Names of services to look at, each by one worker at a time. */
export interface Todo {
  add(names: readonly string[]): void;
  /** After a change: look at all names too, once sweeps have had no more than their share of the time. */
  sweep(names: () => readonly string[]): void;
  /** Whether a sweep has ended. */
  swept(): boolean;
  /** Settles when there is something to look at, or after `stop`. */
  some(): Promise<void>;
  /** Looks at one name after the other until none is left. A name whose look failed stays to be done. */
  each(look: (name: string) => Promise<void>): Promise<void>;
  stop(): void;
}

/** Sweeps may take one part in so many of the time. */
const SHARE = 10;

export function newTodo(now: () => number = Date.now): Todo {
  const urgent = new Set<string>();
  const rest = new Set<string>();
  const busy = new Set<string>();
  let wake = () => {};
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let began: number | undefined; // while a sweep is going on
  let nextSweep = 0;
  let swept = false;

  function begin(names: readonly string[]): void {
    timer = undefined;
    began ??= now();
    for (const name of names) rest.add(name);
    wake();
  }

  function end(): void {
    if (began === undefined || rest.size > 0 || busy.size > 0) return;
    // The first one is what the others are compared with, and they shall not wait for it.
    if (swept) nextSweep = now() + SHARE * (now() - began);
    began = undefined;
    swept = true;
  }

  function take(): string | undefined {
    for (const names of [urgent, rest])
      for (const name of names)
        if (!busy.has(name)) {
          urgent.delete(name);
          rest.delete(name);
          return name;
        }
    return undefined;
  }

  return {
    add(names) {
      for (const name of names) urgent.add(name);
      if (names.length > 0) wake();
    },
    sweep(names) {
      if (stopped) return;
      timer ??= setTimeout(() => begin(names()), Math.max(0, nextSweep - now()));
    },
    swept: () => swept,
    async some() {
      if (stopped || began !== undefined || urgent.size > 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    async each(look) {
      for (let name = take(); name !== undefined && !stopped; name = take()) {
        busy.add(name);
        try {
          await look(name);
        } catch (error) {
          urgent.add(name);
          throw error;
        } finally {
          busy.delete(name);
        }
      }
      end();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      wake();
    },
  };
}
