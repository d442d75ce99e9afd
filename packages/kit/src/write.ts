import { type Change, codeOf, type Store } from "@micro-bot/core";
import { Backoff, pause } from "./retry.ts";

/** Waits between two tries of a write whose outcome is not known, in milliseconds. */
const FIRST_MS = 50;
const MAX_MS = 2000;
const NEVER = new AbortController().signal;

/** What a write came to: the versions it gave, or the key that somebody else wrote first. */
export type Written = { readonly versions: readonly number[] } | { readonly lost: string | undefined };

export interface WriteOptions {
  /** Gives up after so many milliseconds, with the last error; without it, tries until the store is closed. */
  readonly patience?: number;
  /** Gives up when it aborts. */
  readonly over?: AbortSignal;
  /** After a try whose outcome is not known, a conflict may be with ourselves: the versions if it is. */
  readonly alreadyApplied: () => Promise<readonly number[] | undefined>;
}

/** Writes until it is known whether the changes were made. Rejects with `closed`, `invalid`, or when it gives up. */
export async function writeUntilKnown(
  store: Store,
  changes: readonly Change[],
  { patience = Infinity, over = NEVER, alreadyApplied }: WriteOptions,
): Promise<Written> {
  const until = performance.now() + patience;
  let backoff: Backoff | undefined;
  while (true) {
    try {
      return await once(store, changes, backoff && alreadyApplied);
    } catch (error) {
      const code = codeOf(error);
      if (code === "closed" || code === "invalid" || over.aborted || performance.now() > until) throw error;
      backoff ??= new Backoff(FIRST_MS, MAX_MS);
      await pause(Math.min(backoff.next(), Math.max(0, until - performance.now())), over);
    }
  }
}

/** Reads until the store answers or the signal aborts; what is wrong with the question itself is thrown. */
export async function readUntilKnown<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const backoff = new Backoff(FIRST_MS, MAX_MS);
  while (true) {
    try {
      return await read();
    } catch (error) {
      if (!["not_connected", "timeout", "failed"].includes(codeOf(error)) || signal.aborted) throw error;
      await pause(backoff.next(), signal);
    }
  }
}

/** Writes once. False: somebody else wrote one of the keys first. */
export async function writeIf(store: Store, changes: readonly Change[]): Promise<boolean> {
  try {
    await store.write(changes);
    return true;
  } catch (error) {
    if (codeOf(error) !== "conflict") throw error;
    return false;
  }
}

async function once(
  store: Store,
  changes: readonly Change[],
  alreadyApplied: WriteOptions["alreadyApplied"] | undefined,
): Promise<Written> {
  try {
    return { versions: await store.write(changes) };
  } catch (error) {
    if (codeOf(error) !== "conflict") throw error;
    const versions = await alreadyApplied?.();
    return versions ? { versions } : { lost: keyOf(error) };
  }
}

function keyOf(error: unknown): string | undefined {
  const key = (error as { detail?: { key?: unknown } }).detail?.key;
  return typeof key === "string" ? key : undefined;
}
