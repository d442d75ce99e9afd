import { codeOf, type Store } from "@micro-bot/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noPostgres, type Postgres, startPostgres } from "../../../test/servers/postgres.ts";
import { emptyUrl, open, reopen, sql } from "./help.ts";

describe.skipIf(noPostgres)("when the server goes away", () => {
  let server: Postgres;
  beforeEach(async () => {
    server = await startPostgres();
  });
  afterEach(() => server.remove());

  test.each(["stop", "crash"] as const)("after a %s nothing that was acknowledged is lost", async (end) => {
    // Also where the database answers before a commit is on disk.
    const store = await open(await emptyUrl(server, " -c synchronous_commit=off"));
    const acknowledged: string[] = [];
    const codes = new Set<string>();
    const progress = counter();
    let writing = true;
    const writer = async (name: number) => {
      for (let index = 0; writing; index++) {
        const key = `${name}/${index}`;
        const error = await store.write([{ key, value: index, version: 0 }]).then(
          () => undefined,
          (error) => error,
        );
        if (error) {
          codes.add(codeOf(error));
          expect(codeOf(error) === "failed").toBe(error.detail.unknown === true);
          await new Promise(setImmediate);
        } else {
          acknowledged.push(key);
          progress.add();
        }
      }
    };
    const writers = Promise.all(Array.from({ length: 4 }, (_, name) => writer(name)));
    await progress.reaches(100);
    await server[end]();
    expect(codeOf(await store.get("x").catch((error) => error))).toBe("not_connected");
    const before = acknowledged.length;
    await server.start();
    await progress.reaches(before + 100);
    writing = false;
    await writers;
    const kept = new Set((await Array.fromAsync(store.list(""))).map(({ key }) => key));
    expect(acknowledged.filter((key) => !kept.has(key))).toEqual([]);
    expect([...codes].filter((code) => code !== "not_connected" && code !== "failed")).toEqual([]);
    await store.close();
  });

  test("a write whose connection is cut says that its outcome is unknown", async () => {
    const url = await emptyUrl(server);
    const store = await open(`${url}&application_name=cut`);
    const holder = await hold(url);
    const outcome = store.write([{ key: "a", value: 1 }]).catch((error) => error);
    const waiting = "application_name = 'cut' AND wait_event_type = 'Lock'";
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${waiting}`;
    await expect.poll(() => sql(url, cut)).toHaveLength(1);
    const error = await outcome;
    expect([codeOf(error), error.detail.unknown]).toEqual(["failed", true]);
    expect(error.message).toContain("not known");
    await holder.release();
    await store.write([{ key: "b", value: 1 }]);
    await store.close();
  });

  test("a watch goes on, and tells what was written and deleted while it was cut off", async () => {
    const store = await open(await emptyUrl(server));
    const ending = new AbortController();
    await store.write([{ key: "w/old", value: 1 }]);
    const keys = store.watch!("w/", ending.signal)[Symbol.asyncIterator]();
    const next = until(keys);
    await store.write([{ key: "w/first", value: 1 }]);
    await next("w/first");
    await server.stop();
    await server.start();
    const other = await healed(() => reopen(store));
    await other.write([{ key: "w/old" }]);
    await other.write([{ key: "w/new", value: 1 }]);
    await next("w/old", "w/new");
    ending.abort();
    await Promise.all([store.close(), other.close()]);
  });

  test("a watch goes on after a notice that is none of ours, also on its next connection", async () => {
    const url = await emptyUrl(server);
    const store = await open(url);
    const ending = new AbortController();
    await store.write([{ key: "w/old", value: 1 }]);
    const next = until(store.watch!("w/", ending.signal)[Symbol.asyncIterator]());
    await store.write([{ key: "w/first", value: 1 }]);
    await next("w/first");
    for (const notice of ["", "x", "x w/y", "1e999 w/y", "-1 w/y"])
      await sql(url, `SELECT pg_notify('micro_bot_' || 'micro_bot_entry'::regclass::oid, '${notice}')`);
    await server.stop();
    await server.start();
    const other = await healed(() => reopen(store));
    await other.write([{ key: "w/new", value: 1 }]);
    await next("w/new");
    ending.abort();
    await Promise.all([store.close(), other.close()]);
  });

  test("close is quick and safe while the server is away", async () => {
    const store = await open(await emptyUrl(server));
    const watch = Array.fromAsync(store.watch!("", new AbortController().signal));
    await server.stop();
    await Promise.all([store.close(), store.close(), watch]);
  });
});

/** Holds the row that all writers queue up at. */
async function hold(url: string): Promise<{ release(): Promise<void> }> {
  const { Client } = await import("pg");
  const client = new Client(url);
  await client.connect();
  await client.query("BEGIN");
  await client.query("SELECT version FROM micro_bot_store FOR UPDATE");
  return { release: () => client.end() };
}

async function healed(reopened: () => Promise<Store>): Promise<Store> {
  return reopened().catch((error) => {
    if (codeOf(error) !== "not_connected") throw error;
    return healed(reopened);
  });
}

function counter(): { add(): void; reaches(goal: number): Promise<void> } {
  let count = 0;
  let goals: { at: number; done(): void }[] = [];
  return {
    add() {
      count++;
      for (const { at, done } of goals) if (count >= at) done();
      goals = goals.filter(({ at }) => at > count);
    },
    reaches: (at) => new Promise<void>((done) => void goals.push({ at, done })),
  };
}

/** Reads until each of the keys has come. */
function until(keys: AsyncIterator<string>): (...wanted: string[]) => Promise<void> {
  return async (...wanted) => {
    const missing = new Set(wanted);
    while (missing.size > 0) {
      const { value, done } = await keys.next();
      if (done) throw new Error(`the watch ended before ${[...missing]}`);
      missing.delete(value);
    }
  };
}
