import { type Change, codeOf, type Store } from "@micro-bot/core";
import { Backoff, pause } from "../inputs/backoff.ts";

/** Between two tries of a write whose outcome is open, in milliseconds. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2000;

/** How long the store may take to keep something before its person is told that it does not, in milliseconds. */
export const PATIENCE_MS = 5000;

/** What a write came to when it was tried until that was known: the versions, or the key that somebody else wrote first. */
export type Written = { readonly versions: readonly number[] } | { readonly lost: string | undefined };

export interface WriteOptions {
  /** Gives up after so many milliseconds, with the last error; without it, tries until the store is closed. */
  readonly patience?: number;
  /** Gives up when it aborts. */
  readonly over?: AbortSignal;
  /** Whether another try of what failed so cannot end otherwise. */
  readonly isFinal?: (error: unknown) => boolean;
  /** After a try whose outcome was not known, a conflict may be with ourselves: the versions if it is. */
  readonly alreadyApplied: () => Promise<readonly number[] | undefined>;
}

/** Writes until it is known whether the changes were made. */
export async function writeUntilKnown(
  store: Pick<Store, "write">,
  changes: readonly Change[],
  { patience = Infinity, over = NEVER, isFinal, alreadyApplied }: WriteOptions,
): Promise<Written> {
  const until = performance.now() + patience;
  let backoff: Backoff | undefined;
  while (true) {
    try {
      return await once(store, changes, backoff && alreadyApplied);
    } catch (error) {
      const code = codeOf(error);
      if (code === "closed" || code === "invalid" || isFinal?.(error)) throw error;
      if (over.aborted || performance.now() > until) throw error;
      backoff ??= new Backoff(FIRST_PAUSE_MS, MAX_PAUSE_MS);
      await pause(Math.min(backoff.next(), Math.max(0, until - performance.now())), over);
    }
  }
}

/** Reads until the store answers, or the signal aborts; what is wrong with the question itself is thrown. */
export async function readUntilKnown<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const backoff = new Backoff(FIRST_PAUSE_MS, MAX_PAUSE_MS);
  while (true) {
    try {
      return await read();
    } catch (error) {
      if (!["not_connected", "timeout", "failed"].includes(codeOf(error)) || signal.aborted) throw error;
      await pause(backoff.next(), signal);
    }
  }
}

async function once(
  store: Pick<Store, "write">,
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

/** The key of a conflict. */
export function keyOf(error: unknown): string | undefined {
  const key = (error as { detail?: { key?: unknown } }).detail?.key;
  return typeof key === "string" ? key : undefined;
}

const NEVER = new AbortController().signal;
