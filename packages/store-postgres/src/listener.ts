import { messageOf } from "@micro-bot/core";
import { Backoff, pause } from "@micro-bot/kit";
import type { Client } from "pg";
import type { Settings } from "./settings.ts";

/** Waits before it connects again. */
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 5000;
const PING_MS = 30_000;
/** A version and a key. Whoever is in the database may send other things there. */
const NOTICE = /^(\d{1,15}) (.*)$/su;

/** Tells of changed keys, over a connection of its own. */
export interface Listener {
  /** Keys under the prefix, each told at least once after a change of it, until the signal aborts or the listener closes. */
  follow(prefix: string, signal: AbortSignal): AsyncIterable<string>;
  close(): Promise<void>;
}

/**
 * Connects when somebody follows, and again whenever the connection is lost. What was written since version `since`, or
 * since the connection was lost, is then told from the table.
 */
export function newListener(connect: () => Client, since: number, { log, where }: Settings): Listener {
  const followers = new Set<(key: string) => void>();
  const over = new AbortController();
  let running: Promise<void> | undefined;

  function tell(version: number, key: string): void {
    since = Math.max(since, version);
    for (const follower of followers) follower(key);
  }

  async function listen(client: Client, lost: AbortSignal): Promise<void> {
    await client.connect();
    const { rows } = await client.query("SELECT 'micro_bot_' || 'micro_bot_entry'::regclass::oid AS channel");
    client.on("notification", ({ payload = "" }) => {
      const [, version, key] = NOTICE.exec(payload) ?? [];
      if (version !== undefined && key !== undefined) tell(Number(version), key);
    });
    await client.query(`LISTEN ${rows[0].channel}`);
    // From the last version on, not after it: the connection may have been lost between two of its keys.
    const { rows: missed } = await client.query(
      "SELECT key, version FROM micro_bot_entry WHERE version >= $1 ORDER BY version",
      [since],
    );
    for (const { key, version } of missed) tell(Number(version), key);
    while (!lost.aborted) {
      await pause(PING_MS, lost);
      if (!lost.aborted) await client.query("SELECT 1");
    }
  }

  async function session(): Promise<number> {
    const client = connect();
    const ended = new AbortController();
    const began = performance.now();
    client.on("error", () => ended.abort());
    client.on("end", () => ended.abort());
    try {
      await listen(client, AbortSignal.any([ended.signal, over.signal]));
      if (!over.signal.aborted) log.warn({ where }, "PostgreSQL: the connection that watches was lost");
    } catch (error) {
      log.warn({ where, error: messageOf(error) }, "PostgreSQL: cannot watch");
    }
    await client.end().catch(() => {});
    return performance.now() - began;
  }

  async function run(): Promise<void> {
    const backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
    while (!over.signal.aborted) {
      const lasted = await session();
      if (lasted > MAX_RETRY_MS) backoff.reset();
      await pause(backoff.next(), over.signal);
    }
  }

  function follow(prefix: string, signal: AbortSignal): AsyncIterable<string> {
    // A set: a key that waits to be read again need not wait twice.
    const waiting = new Set<string>();
    const stop = AbortSignal.any([signal, over.signal]);
    let wake = Promise.withResolvers<void>();
    const rouse = () => wake.resolve();
    const follower = (key: string) => {
      if (key.startsWith(prefix)) waiting.add(key);
      rouse();
    };
    const leave = () => {
      followers.delete(follower);
      rouse();
    };
    stop.addEventListener("abort", leave, { once: true });
    if (!stop.aborted) {
      followers.add(follower);
      running ??= run();
    }

    async function* keys(): AsyncGenerator<string> {
      try {
        while (!stop.aborted) {
          for (const key of waiting) {
            waiting.delete(key);
            yield key;
            if (stop.aborted) return;
          }
          await wake.promise;
          wake = Promise.withResolvers<void>();
        }
      } finally {
        stop.removeEventListener("abort", leave);
        leave();
      }
    }
    return keys();
  }

  return {
    follow,
    async close() {
      over.abort();
      await running;
    },
  };
}
