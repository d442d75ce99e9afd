import { type FSWatcher, lstatSync, watch } from "node:fs";
import type { RegistryEvent, Service } from "@micro-bot/core";
import { pause, registryChanges } from "@micro-bot/kit";
import type { Record } from "./record.ts";
import { versionsOf } from "./versions.ts";

/** Milliseconds after which the folder is looked at without a hint: for dead processes, and where hints are missing. */
const POLL = 2_000;

/** A burst of hints is one look. */
const PAUSE = 20;

/**
 * Tells changes in the folder until the signal aborts. `ready` is called after the first look, which is what later
 * ones are compared with. A look that fails is tried again, and `read` has told why.
 */
export async function observe(
  dir: string,
  read: () => Promise<Record[]>,
  signal: AbortSignal,
  on: { ready(): void; change(event: RegistryEvent): void },
): Promise<void> {
  const bell = newBell(signal);
  const hints = newHints(dir, bell.ring);
  let before: ReadonlyMap<string, readonly Record[]> | undefined;

  while (!signal.aborted) {
    let wait = POLL;
    try {
      hints.follow();
      const records = await read();
      hints.follow(); // the first reader makes the folder
      const after = Map.groupBy(records, (record) => record.service.name);
      if (signal.aborted) break;
      if (before) for (const event of differences(before, after)) on.change(event);
      before = after;
      wait = Math.min(POLL, untilFirst(records));
    } catch {
      // Whoever reads knows already; the next look may do better.
    }
    on.ready();
    await bell.wait(PAUSE, wait);
  }
  hints.stop();
}

function differences(
  before: ReadonlyMap<string, readonly Record[]>,
  after: ReadonlyMap<string, readonly Record[]>,
): RegistryEvent[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const [old = [], now = []] = [before.get(name), after.get(name)];
    // A file that did not change is the same object: of thousands of services few need a closer look.
    const same = old.length === now.length && old.every((record, index) => record === now[index]);
    return same ? [] : registryChanges(versions(old), versions(now));
  });
}

function versions(records: readonly Record[]): Service[] {
  return versionsOf(records.map((record) => record.service));
}

function untilFirst(records: readonly Record[]): number {
  const first = records.reduce((least, { expires }) => Math.min(least, expires ?? Infinity), Infinity);
  return Math.max(0, first - Date.now());
}

/** The file system's own hints, where it has them, of a folder that may be removed and made again. */
function newHints(dir: string, hint: () => void): { follow(): void; stop(): void } {
  let watcher: FSWatcher | undefined;
  let followed: number | undefined;

  function stop(): void {
    watcher?.close();
    watcher = undefined;
    followed = undefined;
  }

  return {
    follow() {
      const folder = lstatSync(dir, { throwIfNoEntry: false })?.ino;
      if (folder === followed) return;
      stop();
      if (folder === undefined) return;
      try {
        watcher = watch(dir, { persistent: false }, hint).on("error", stop);
        followed = folder;
      } catch {
        // No hints to be had, as when there are too many watches: the poll finds everything too.
      }
    },
    stop,
  };
}

/** Waits until it is rung, and at least and at most for so long; not at all once the signal aborts. */
function newBell(signal: AbortSignal): { ring(): void; wait(least: number, most: number): Promise<void> } {
  let rung = Promise.withResolvers<void>();
  const ring = () => rung.resolve();
  signal.addEventListener("abort", ring, { once: true });

  return {
    ring,
    async wait(least, most) {
      const timer = setTimeout(ring, most);
      await rung.promise;
      clearTimeout(timer);
      if (signal.aborted) return;
      // Hints that come in this pause belong to the look that follows.
      await pause(least);
      rung = Promise.withResolvers<void>();
      if (signal.aborted) ring();
    },
  };
}
