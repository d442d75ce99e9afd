import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Store, storeUnder } from "@micro-bot/core";
import { openPostgres } from "@micro-bot/store-postgres/plugin";
import { sqlite } from "@micro-bot/store-sqlite/plugin";
import { fakeLog } from "@micro-bot/testkit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { noPostgres, type Postgres, startPostgres } from "../../../test/servers/postgres.ts";
import { verify } from "../src/verify.ts";
import { newChain, patiently, recordsOf, said } from "./support.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stream-audit-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function open(file: string): Promise<Store> {
  const store = await sqlite(`sqlite:${file}`, { log: fakeLog() });
  onTestFinished(() => store.close());
  return store;
}

function start(role: string, file: string, argument: string): ChildProcess {
  const child = fork(join(import.meta.dirname, "child.ts"), [role, file, argument], { execArgv: [] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

describe("on SQLite", () => {
  /** A file with ten records. */
  async function filled(): Promise<string> {
    const file = join(newFolder(), "micro.db");
    const store = await open(file);
    const chain = newChain(store);
    for (let i = 1; i <= 10; i++) await chain.append(said(`text ${i}`));
    await store.close();
    return file;
  }

  /** What verify says after somebody was at the file with another program. */
  async function after(sql: string): Promise<unknown> {
    const file = await filled();
    const db = new DatabaseSync(file);
    expect(db.prepare(sql).run().changes, "rows that were changed").toBeGreaterThan(0);
    db.close();
    return verify(await open(file)).then(
      ({ records }) => `${records} records`,
      ({ code, detail }) => (code === "damaged" ? `damaged ${detail.key}` : `${detail.kind} ${detail.seq}`),
    );
  }

  const row = (seq: number) => `key = CAST('record/${String(seq).padStart(16, "0")}' AS BLOB)`;

  const harms = {
    "one byte of a row": `UPDATE entries SET value = replace(value, 'text 4', 'text 5') WHERE ${row(4)}`,
    "one byte of the head":
      "UPDATE entries SET value = replace(value, '\"seq\":10', '\"seq\":11') WHERE key = CAST('head' AS BLOB)",
    "a row that is removed": `DELETE FROM entries WHERE ${row(4)}`,
    "a row whose time to live is over": `UPDATE entries SET until = 1 WHERE ${row(4)}`,
    "the tail that is cut": `DELETE FROM entries WHERE key > CAST('record/0000000000000007' AS BLOB)`,
    "two rows that are swapped": `UPDATE entries SET value = (SELECT value FROM entries other WHERE other.version <> entries.version AND (other.${row(3)} OR other.${row(6)})) WHERE ${row(3)} OR ${row(6)}`,
  };

  test.each<[keyof typeof harms, string]>([
    ["one byte of a row", "changed 4"],
    ["one byte of the head", "damaged head"],
    ["a row that is removed", "missing 4"],
    ["a row whose time to live is over", "changed 4"],
    ["the tail that is cut", "cut 8"],
    ["two rows that are swapped", "changed 3"],
  ])("%s is found in the file", async (what, found) => {
    expect(await after(harms[what])).toBe(found);
  });

  test("a kill in the middle of a burst leaves a whole chain, and nothing ran that it does not know of", async () => {
    const folder = newFolder();
    const file = join(folder, "micro.db");
    const effects = join(folder, "effects");
    const child = start("burst", file, effects);
    await once(child, "message");
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = await open(file);
    await verify(store);
    const asked = new Set(
      (await recordsOf(store)).filter(({ kind }) => kind === "asked").map(({ run }) => run),
    );
    const ran = readFileSync(effects, "utf8").trimEnd().split("\n");
    expect(ran.length).toBeGreaterThan(100);
    expect(ran.filter((run) => !asked.has(run))).toEqual([]);
    await newChain(store).append(said("after the crash"));
    await verify(store);
  });

  test("two processes that append at once make one chain, with a thousand records of each", async () => {
    const file = join(newFolder(), "micro.db");
    const store = await open(file);
    const children = ["a", "b"].map((name) => start("append", file, name));
    for (const [code] of await Promise.all(children.map((child) => once(child, "exit"))))
      expect(code).toBe(0);
    expect((await verify(store)).records).toBe(2000);
    const texts = (await recordsOf(store)).map(({ text }) => text!);
    for (const name of ["a", "b"])
      expect(texts.filter((text) => text.startsWith(name))).toEqual(
        Array.from({ length: 1000 }, (_, i) => `${name} ${i}`),
      );
  });
});

describe.skipIf(noPostgres)("on PostgreSQL", () => {
  let server: Postgres;
  let count = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.remove());

  /** A handle on the server's only store; each test has a part of it. */
  async function part(name: string): Promise<Store> {
    const store = await openPostgres(server.url, { log: fakeLog() });
    onTestFinished(() => store.close());
    return storeUnder(store, `${name}/`);
  }

  test("two bots that append at once make one chain, with a thousand records of each", async () => {
    const name = `two${count++}`;
    const stores = [await part(name), await part(name)];
    await Promise.all(
      stores.map(async (store, bot) => {
        const chain = newChain(store, { pause: patiently });
        for (let i = 0; i < 1000; i += 50)
          await Promise.all(Array.from({ length: 50 }, (_, k) => chain.append(said(`${bot} ${i + k}`))));
      }),
    );
    expect((await verify(stores[0]!)).records).toBe(2000);
  });

  test("a server that crashes in the middle leaves no record twice", async () => {
    const store = await part(`crash${count++}`);
    const chain = newChain(store, { pause: () => new Promise((resolve) => setTimeout(resolve, 20)) });
    const kept: string[] = [];
    let writing = true;
    const work = (async () => {
      for (let i = 0; writing; i++)
        await chain.append(said(`${i}`)).then(
          ({ text }) => kept.push(text!),
          () => {},
        );
    })();
    for (let i = 0; i < 3; i++) {
      const before = kept.length;
      while (kept.length < before + 20) await new Promise(setImmediate);
      await server.crash();
      await server.start();
    }
    const before = kept.length;
    while (kept.length < before + 20) await new Promise(setImmediate);
    writing = false;
    await work;
    await verify(store);
    const texts = (await recordsOf(store)).map(({ text }) => text!);
    expect(new Set(texts).size, "no text twice").toBe(texts.length);
    expect(
      kept.filter((text) => !texts.includes(text)),
      "what was told to be kept is there",
    ).toEqual([]);
  });
});
