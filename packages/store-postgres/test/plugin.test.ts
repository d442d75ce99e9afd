import { codeOf, type Entry, messageOf, type Store } from "@micro-bot/core";
import { fakeLog } from "@micro-bot/testkit";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../../test/servers/lib.ts";
import { noPostgres, type Postgres, startPostgres } from "../../../test/servers/postgres.ts";
import { openPostgres } from "../src/plugin.ts";
import { MIGRATIONS } from "../src/schema.ts";
import { damage, emptyUrl, open, reopen, sql } from "./help.ts";

test("it registers itself for both schemes", async () => {
  const { stores } = await import("@micro-bot/core");
  await import("../src/index.ts");
  expect([stores.get("postgres"), stores.get("postgresql")]).toEqual([openPostgres, openPostgres]);
});

test.each([
  "postgres://bot:hunter2@host:port/db",
  "postgres://bot:hunter2@host:99999/db",
  "postgres://bot:hunter2@h1:5432,h2:5432/db",
  "postgres://bot:hunter2%E0%A4@host/db",
  "postgres:bot:hunter2",
  "mysql://bot:hunter2@host/db",
])("a URL that cannot be read is refused without its password: %s", async (url) => {
  const error = await openPostgres(url, { log: fakeLog() }).catch((error) => error);
  expect(codeOf(error)).toBe("config");
  expect(messageOf(error)).toMatch(/^--store: /);
  expect(JSON.stringify([error, error.stack, error.cause])).not.toContain("hunter2");
});

test("with nobody there the error names the address and not the password", async () => {
  const port = await freePort();
  const error = await open(`postgres://bot:hunter2@127.0.0.1:${port}/db`).catch((error) => error);
  expect(codeOf(error)).toBe("not_connected");
  expect(messageOf(error)).toContain(`127.0.0.1:${port}/db`);
  expect(`${error.stack} ${error.cause?.stack}`).not.toContain("hunter2");
});

describe.skipIf(noPostgres)("with a server", () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  test("a wrong password is one clear error without it", async () => {
    const log = fakeLog();
    const url = server.url.replace(server.password, "hunter2");
    const error = await openPostgres(url, { log }).catch((error) => error);
    expect(codeOf(error)).toBe("config");
    expect(messageOf(error)).toMatch(/^--store: .*the user or the password is wrong/);
    expect(JSON.stringify([error, error.cause, error.stack, log.lines])).not.toContain("hunter2");
  });

  test("a URL without a password is config", async () => {
    const error = await open(server.url.replace(`:${server.password}`, "")).catch((error) => error);
    expect([codeOf(error), messageOf(error)]).toEqual(["config", expect.stringContaining("no password")]);
  });

  test("a database that does not exist is config", async () => {
    const error = await open(server.url.replace(/postgres$/, "nowhere")).catch((error) => error);
    expect([codeOf(error), messageOf(error)]).toEqual(["config", expect.stringContaining("nowhere")]);
  });

  test("many bots that start at once make the tables once", async () => {
    const url = await emptyUrl(server);
    const all = await Promise.all(Array.from({ length: 6 }, () => open(url)));
    await Promise.all(all.map((store, index) => store.write([{ key: `k${index}`, value: index }])));
    expect(await keysOf(all[0]!)).toHaveLength(6);
    await Promise.all(all.map((store) => store.close()));
  });

  describe("tables of schema 1", () => {
    /** As the first bots made them, with rows of theirs. */
    async function old(): Promise<string> {
      const url = await emptyUrl(server);
      await sql(url, MIGRATIONS[0]!);
      await sql(
        url,
        `UPDATE micro_bot_store SET schema = 1;
         SELECT micro_bot_write(ARRAY['a', 'b'], ARRAY['{"n":1}', '2'], ARRAY[NULL, NULL]::float8[], ARRAY[NULL, 60000]::float8[], ARRAY[false, false])`,
      );
      return url;
    }

    test("are given checksums by several bots that open them at once, and all is as it was", async () => {
      const url = await old();
      const all = await Promise.all(Array.from({ length: 5 }, () => open(url)));
      for (const store of all) {
        expect(await store.get("a")).toEqual({ key: "a", value: { n: 1 }, version: 1 });
        expect(await keysOf(store)).toEqual(["a", "b"]);
      }
      await damage(all[0]!, "a");
      await expect(all[1]!.get("a")).rejects.toMatchObject({
        code: "damaged",
        detail: { key: "a", version: 1 },
      });
      await Promise.all(all.map((store) => store.close()));
    });

    test("are upgraded while a bot that made them goes on writing, and what it writes fits", async () => {
      const url = await old();
      const writer = new Client(url);
      await writer.connect();
      onTestFinished(() => writer.end());
      const write = (key: string, value: number) =>
        writer.query("SELECT written, lost FROM micro_bot_write($1, $2, $3, $4, $5)", [
          [key],
          [`${value}`],
          [null],
          [null],
          [false],
        ]);
      // One that began before the tables were upgraded, and ends after.
      await writer.query("BEGIN");
      await write("old 1", 1);
      const opened = open(url);
      await writer.query("COMMIT");
      for (let i = 0; i < 20; i++) await write(`old ${i}`, i);
      const store = await opened;
      await write("old last", 1);
      for await (const { key, damaged } of store.list("old")) expect(damaged, key).toBeUndefined();
      expect(await keysOf(store)).toHaveLength(23);
      await store.close();
    });
  });

  test.each([
    ["value", "value = '{\"n\":2}'"],
    ["value, which looks deleted", "value = NULL"],
    ["key", "key = 'bb'"],
    ["version", "version = version + 1000"],
    ["end of life, which looks over", "expires = now() - interval '1 day'"],
    ["end of life, which looks like none", "expires = NULL"],
  ])("a row is found out when it has another %s", async (what, how) => {
    const store = await open(await emptyUrl(server));
    await store.write(["a", "b", "c"].map((key) => ({ key, value: { n: 1 }, ttl: 60_000 })));
    await damage(store, "b", how);
    await store.write([{ key: "d", value: 1 }]);
    const listed = [];
    for await (const entry of store.list("")) listed.push(entry);
    expect(listed.map(({ damaged }) => damaged !== undefined)).toEqual([false, true, false, false]);
    if (what !== "key") await expect(store.get("b")).rejects.toMatchObject({ code: "damaged" });
    await store.close();
  });

  test("tables of a newer bot are refused and left alone", async () => {
    const url = await emptyUrl(server);
    await (await open(url)).close();
    await sql(url, "UPDATE micro_bot_store SET schema = 99");
    const error = await open(url).catch((error) => error);
    expect([codeOf(error), messageOf(error)]).toEqual(["config", expect.stringMatching(/schema 99.*update/)]);
    expect(await sql(url, "SELECT schema FROM micro_bot_store")).toEqual([{ schema: 99 }]);
  });

  test("writes of the same keys in any order do not deadlock", async () => {
    const store = await open(await emptyUrl(server));
    const other = await reopen(store);
    const keys = ["a", "b", "c", "d"];
    const writes = Array.from({ length: 80 }, (_, index) => {
      const order = index % 2 === 0 ? keys : keys.toReversed();
      return (index % 4 < 2 ? store : other).write(order.map((key) => ({ key, value: index })));
    });
    await Promise.all(writes);
    const entries = await Array.fromAsync(store.list(""));
    expect(new Set(entries.map(({ value }) => value)).size, "values of one write only").toBe(1);
    await Promise.all([store.close(), other.close()]);
  });

  test("the counter adds up where the database's transactions are serializable", async () => {
    const store = await open(await emptyUrl(server, " -c default_transaction_isolation=serializable"));
    const handles = [store, await reopen(store)];
    await Promise.all(Array.from({ length: 8 }, (_, writer) => add(handles[writer % 2]!, 10)));
    expect((await store.get("count"))!.value).toBe(80);
    await Promise.all(handles.map((handle) => handle.close()));
  });

  test("a reader never sees the version of a key go back", async () => {
    const store = await open(await emptyUrl(server));
    const other = await reopen(store);
    let writing = true;
    const write = async (handle: Store) => {
      for (let index = 0; index < 60; index++) {
        await handle.write([{ key: "a" }]);
        await handle.write([{ key: "a", value: index }]);
      }
    };
    const read = async () => {
      const seen: number[] = [];
      while (writing) {
        const entry = await store.get("a");
        if (entry) seen.push(entry.version);
      }
      return seen;
    };
    const reading = read();
    await Promise.all([write(store), write(other), write(other)]);
    writing = false;
    const seen = await reading;
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    await Promise.all([store.close(), other.close()]);
  });

  test("expired and deleted rows are removed by later writes", async () => {
    const url = await emptyUrl(server);
    const store = await open(url);
    await store.write([
      { key: "soon", value: 1, ttl: 0 },
      { key: "deleted" },
      { key: "kept", value: 1, ttl: 1e300 },
    ]);
    await sql(url, "UPDATE micro_bot_entry SET expires = now() WHERE value IS NULL");
    await store.write([{ key: "other", value: 1 }]);
    expect(await sql(url, "SELECT key FROM micro_bot_entry ORDER BY key")).toEqual([
      { key: "kept" },
      { key: "other" },
    ]);
    await store.close();
  });

  test("keys that a text column cannot hold are invalid", async () => {
    const store = await open(await emptyUrl(server));
    for (const key of ["a\0b", "\ud83d", "x".repeat(2001)])
      for (const use of [
        () => store.get(key),
        () => store.write([{ key, value: 1 }]),
        () => keysOf(store, key),
      ])
        expect(codeOf(await use().catch((error) => error))).toBe("invalid");
    const longest = Array.from({ length: 1000 }, (_, index) => String.fromCodePoint(0x100 + index)).join("");
    await store.write([{ key: longest, value: 1 }]);
    expect(await keysOf(store)).toEqual([longest]);
    await store.close();
  });

  test("close waits for what is under way, ends watches, and leaves no connection", async () => {
    const url = await emptyUrl(server);
    const name = encodeURIComponent("close test");
    const store = await open(`${url}&application_name=${name}`);
    const watch = Array.fromAsync(store.watch!("", new AbortController().signal));
    const writes = Array.from({ length: 30 }, (_, index) => store.write([{ key: `${index}`, value: index }]));
    await Promise.all([store.close(), store.close()]);
    await Promise.all(writes);
    await watch;
    // A backend that was told goodbye may take a moment to go.
    await expect
      .poll(() => sql(url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'close test'"))
      .toEqual([]);
  });
});

async function add(store: Store, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const entry = (await store.get("count")) as Entry<number> | undefined;
    const change = { key: "count", value: (entry?.value ?? 0) + 1, version: entry?.version ?? 0 };
    const won = await store.write([change]).then(
      () => true,
      (error) => {
        if (codeOf(error) !== "conflict") throw error;
        return false;
      },
    );
    if (won) done++;
  }
}

async function keysOf(store: Store, prefix = ""): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);
}
