import type { Rows } from "./rows.ts";

/** How often the file is asked for what other processes wrote, in milliseconds. Only while somebody watches. */
const PERIOD = 100;

interface Follower {
  readonly prefix: string;
  /** Told, and not yet taken. A key that changes twice before it is read is read once. */
  readonly keys: Set<string>;
  wake(): void;
}

/** Keys that were written or deleted, by whomever. */
export interface Watch {
  follow(prefix: string, signal: AbortSignal): AsyncIterable<string>;
  /** Looks now; the store calls it after its own commits. */
  look(): void;
  /** Ends all who follow. */
  close(): void;
}

export function watchOf(rows: Rows): Watch {
  const followers = new Set<Follower>();
  let seen = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function look(): void {
    if (followers.size === 0) return;
    const { keys, last } = rows.since(seen);
    seen = last;
    for (const follower of followers) tell(follower, keys);
  }

  function glance(): void {
    try {
      look();
    } catch {
      // A file that cannot be read now fails the next read or write, where there is somebody to tell.
    }
  }

  function enter(follower: Follower): void {
    if (followers.size === 0) {
      seen = rows.last();
      timer = setInterval(glance, PERIOD).unref();
    }
    followers.add(follower);
  }

  function leave(follower: Follower): void {
    followers.delete(follower);
    if (followers.size === 0) clearInterval(timer);
    follower.wake();
  }

  return {
    follow(prefix, signal) {
      let wake: () => void = () => {};
      const follower: Follower = { prefix, keys: new Set(), wake: () => wake() };
      const stop = () => leave(follower);
      if (!signal.aborted && !closed) enter(follower);
      signal.addEventListener("abort", stop, { once: true });

      async function* keys(): AsyncGenerator<string> {
        try {
          while (followers.has(follower)) {
            for (const key of follower.keys) {
              follower.keys.delete(key);
              yield key;
            }
            if (!followers.has(follower)) return;
            await new Promise<void>((resolve) => {
              wake = resolve;
              if (follower.keys.size > 0) resolve();
            });
          }
        } finally {
          stop();
          signal.removeEventListener("abort", stop);
        }
      }
      return keys();
    },
    look: glance,
    close() {
      closed = true;
      for (const follower of [...followers]) leave(follower);
    },
  };
}

function tell({ prefix, keys, wake }: Follower, changed: readonly string[]): void {
  for (const key of changed) if (key.startsWith(prefix)) keys.add(key);
  if (keys.size > 0) wake();
}
