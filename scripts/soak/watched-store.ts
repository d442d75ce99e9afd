import type { Change, Store } from "@micro-bot/core";
import type { Fact } from "./facts.ts";

/** When the process is to kill itself: before or after the so manieth write that has to do with runs. */
export interface Crash {
  readonly when: "before" | "after";
  readonly write: number;
}

export interface WatchOptions {
  readonly note: (fact: Omit<Fact, "at" | "pid">) => void;
  readonly crash?: Crash | undefined;
  readonly die: () => void;
}

/** The value of a run's key, as far as it matters here. */
interface RunValue {
  readonly event?: { readonly data?: string };
  readonly state?: string;
}

/** Heartbeats and leases come by the clock: a write counted among them would be another one each time. */
const CLOCKWORK = /^(?:replica|lease)\//;
const RUN = /^run\/(.+)$/;
const LOG = /^log\/([^/]+)\//;

/** A store that notes what becomes of runs: each fact once the store has said that it is safe. */
export function watchedStore(store: Store, { note, crash, die }: WatchOptions): Store {
  let count = 0;
  let alive = false;

  async function beat(changes: readonly Change[]): Promise<readonly number[]> {
    const versions = await store.write(changes);
    if (!alive) note({ kind: "alive", run: "" });
    alive = true;
    return versions;
  }

  async function write(changes: readonly Change[]): Promise<readonly number[]> {
    if (changes.every(({ key }) => CLOCKWORK.test(key))) return beat(changes);
    const number = ++count;
    const due = (when: Crash["when"]) => crash?.when === when && crash.write === number;
    if (due("before")) die();
    note({ kind: "write", run: "" });
    const versions = await store.write(changes);
    for (const change of changes) noteChange(change);
    if (due("after")) die();
    return versions;
  }

  function noteChange({ key, value, version, keep }: Change): void {
    const run = RUN.exec(key)?.[1];
    const logged = LOG.exec(key)?.[1];
    if (logged !== undefined && (value as { kind?: string } | undefined)?.kind === "once")
      note({ kind: "begun", run: logged });
    if (run === undefined || keep) return;
    const record = value as RunValue | undefined;
    if (record === undefined) note({ kind: "ended", run });
    else if (version === 0) note({ kind: "accepted", run, text: record.event?.data ?? "" });
    else if (record.state === "begun") note({ kind: "begun", run, text: record.event?.data ?? "" });
  }

  return {
    get: (key) => store.get(key),
    list: (prefix, options) => store.list(prefix, options),
    write,
    ...(store.watch && { watch: (prefix, signal) => store.watch!(prefix, signal) }),
    close: () => store.close(),
  };
}

/** Reads `before:3`. */
export function parseCrash(text: string | undefined): Crash | undefined {
  const [, when, write] = /^(before|after):(\d+)$/.exec(text ?? "") ?? [];
  return when === undefined ? undefined : { when: when as Crash["when"], write: Number(write) };
}
