import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { codeOf, type Entry, type Store } from "@micro-bot/core";
import { fakeLog } from "@micro-bot/testkit";
import { assert, asyncProperty, nat } from "fast-check";
import { describe, expect, test } from "vitest";
import { damageIn } from "../src/log.ts";
import { damage, newFile, open } from "./help.ts";

async function all(store: Store, damaged = false): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of store.list("", damaged ? { damaged } : {})) found.push(entry);
  return found;
}

const some = [
  { key: "a", value: { of: "a" } },
  { key: "b", value: { of: "b" }, ttl: 3_600_000 },
  { key: "c", value: { of: "c" } },
];

describe("a row", () => {
  test.each([
    ["value", 'value = \'{"of":"x"}\''],
    ["value, which looks deleted", "value = NULL"],
    ["value, which is bytes", "value = CAST(value AS BLOB)"],
    ["end of life, which looks over", "until = 1"],
    ["end of life, which looks like none", "until = NULL"],
    ["end of life, which is a text", "until = 'never'"],
    ["checksum", "crc = crc + 1"],
    ["version", "version = version + 1000"],
    ["version, which no number holds", "version = 9223372036854775807"],
  ])("is found out when it has another %s", async (_what, how) => {
    const file = newFile();
    const store = await open(file);
    await store.write(some);
    damage(file, "b", how);
    await expect(store.get("b")).rejects.toMatchObject({ code: "damaged", detail: { key: "b" } });
    expect((await all(store)).map(({ damaged }) => damaged !== undefined)).toEqual([false, true, false]);
    // What is over is removed with writes: this is not.
    await store.write([{ key: "d", value: 1 }]);
    const [{ key, version } = { key: "", version: 0 }] = await all(store, true);
    expect(key).toBe("b");
    await store.write([{ key, version }]);
    expect(await all(store, true)).toEqual([]);
    expect((await all(store)).map((entry) => entry.key)).toEqual(["a", "c", "d"]);
  });

  test.each([
    ["another", "key = CAST('bee' AS BLOB)", "bee"],
    ["no text", "key = x'62ff'", "b\ufffd"],
    ["of another type", "key = 'b'", "b"],
  ])("is found out when its key is %s, and can be removed", async (_what, how, left) => {
    const file = newFile();
    const store = await open(file);
    await store.write(some);
    damage(file, "b", how);
    const [found] = await all(store, true);
    expect(found).toMatchObject({ key: left, value: null, damaged: '{"of":"b"}' });
    await store.write([
      { key: left, version: found!.version },
      { key: "b", value: "again", version: 0 },
    ]);
    expect(await all(store, true)).toEqual([]);
    expect((await store.get("b"))?.value).toBe("again");
  });

  test("that was deleted does not come back when a bit of it flips", async () => {
    const file = newFile();
    const store = await open(file);
    await store.write(some);
    await store.write([{ key: "b" }]);
    damage(file, "b", "value = '1'");
    expect((await all(store)).map(({ key, damaged }) => [key, damaged])).toEqual([
      ["a", undefined],
      ["b", "1"],
      ["c", undefined],
    ]);
  });
});

describe("a file of format 1", () => {
  function old(file: string): void {
    const db = new DatabaseSync(file);
    db.exec(`
      CREATE TABLE entries (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    value TEXT,
    until INTEGER
  );
      CREATE INDEX entries_until ON entries (until) WHERE until IS NOT NULL;
      PRAGMA application_id = 0x6d626f74;
      PRAGMA user_version = 1;
      PRAGMA journal_mode = WAL;
      INSERT INTO entries (version, key, value, until) VALUES
        (3, CAST('a' AS BLOB), '{"n":1}', NULL), (4, CAST('b' AS BLOB), '"b"', 99999999999999),
        (5, CAST('over' AS BLOB), '1', 1), (6, CAST('gone' AS BLOB), NULL, 99999999999999),
        (7, CAST('torn' AS BLOB), '{"n', NULL), (90, CAST('last' AS BLOB), '1', NULL);
      DELETE FROM entries WHERE version = 90;
    `);
    db.close();
  }

  test("is given checksums when it is opened, and all is as it was", async () => {
    const file = newFile();
    old(file);
    const store = await open(file);
    expect(await all(store)).toEqual([
      { key: "a", value: { n: 1 }, version: 3 },
      { key: "b", value: "b", version: 4 },
      { key: "torn", value: null, version: 7, damaged: '{"n' },
    ]);
    const [version] = await store.write([{ key: "c", value: 1 }]);
    expect(version, "the version after one that was deleted").toBeGreaterThan(90);
    damage(file, "b");
    await expect(store.get("b")).rejects.toMatchObject({ code: "damaged" });
    await store.close();
    expect(await all(await open(file))).toHaveLength(4);
  });

  test("is upgraded once when several open it at once", async () => {
    const file = newFile();
    old(file);
    const stores = await Promise.all(Array.from({ length: 4 }, () => open(file)));
    for (const store of stores) expect(await all(store)).toHaveLength(3);
  });

  test("that was cut in the middle of it is upgraded when it is opened again", async () => {
    const file = newFile();
    old(file);
    const db = new DatabaseSync(file);
    // What a process leaves that was killed before it could commit.
    db.exec("BEGIN IMMEDIATE; ALTER TABLE entries RENAME TO entries_1; DROP INDEX entries_until");
    copyFileSync(file, `${file}.cut`);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${file}.cut-wal`);
    db.close();
    expect(await all(await open(`${file}.cut`))).toHaveLength(3);
  });
});

describe("what is no row", () => {
  test("an index that does not fit its table is made anew, and told", async () => {
    const file = newFile();
    await (await open(file)).write(some);
    const db = new DatabaseSync(file);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const store = await open(file);
    await store.close();
    const bytes = readFileSync(file);
    // In the index a key stands before its version, and in the table it does not.
    const place = bytes.indexOf(Buffer.from("c\u0003"));
    expect(place).toBeGreaterThan(0);
    bytes[place]! ^= 4;
    writeFileSync(file, bytes);
    const log = fakeLog();
    const again = await open(file, log);
    expect(log.lines.filter(({ level }) => level === "error")).toMatchObject([
      { message: expect.stringContaining("an index did not fit its table") },
    ]);
    expect((await again.get("c"))?.value).toEqual({ of: "c" });
  });

  test("tables that are not as they were made are refused", async () => {
    const file = newFile();
    await (await open(file)).close();
    const bytes = readFileSync(file);
    bytes[bytes.indexOf("value TEXT") + "value TEX".length]! ^= 1;
    writeFileSync(file, bytes);
    const error = await open(file).catch((error) => error);
    expect([codeOf(error), error.message]).toEqual([
      "config",
      expect.stringContaining("not as they were made"),
    ]);
  });
});

describe("a write-ahead log", () => {
  /** A file with its log, as a kill leaves them: so many writes. */
  async function killed(writes: number): Promise<string> {
    const file = newFile();
    const store = await open(file);
    for (let i = 0; i < writes; i++) await store.write([{ key: `key ${i}`, value: i }]);
    const copy = newFile();
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    return copy;
  }

  test("any bit of it that is flipped is noticed, or nothing is lost by it", async () => {
    const file = await killed(3);
    const log = readFileSync(`${file}-wal`);
    expect(damageIn(log)).toBeUndefined();
    await assert(
      asyncProperty(nat(log.length * 8 - 1), async (bit) => {
        const flipped = Buffer.from(log);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        if (damageIn(flipped)) return;
        const copy = newFile();
        copyFileSync(file, copy);
        writeFileSync(`${copy}-wal`, flipped);
        expect((await all(await open(copy))).map(({ value }) => value)).toEqual([0, 1, 2]);
      }),
      { numRuns: 500 },
    );
  });

  test("that is damaged before its last write is refused, and left alone", async () => {
    const file = await killed(5);
    const log = readFileSync(`${file}-wal`);
    log[200]! ^= 1;
    writeFileSync(`${file}-wal`, log);
    const error = await open(file).catch((error) => error);
    expect([codeOf(error), error.message]).toEqual(["config", expect.stringContaining("its log")]);
    expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
  });

  test("that was cut in its last write is told, and all before that is there", async () => {
    const file = await killed(5);
    const log = readFileSync(`${file}-wal`);
    log.fill(0, log.length - 2000);
    writeFileSync(`${file}-wal`, log);
    const told = fakeLog();
    const store = await open(file, told);
    expect(told.lines.map(({ level }) => level)).toEqual(["error"]);
    expect((await all(store)).map(({ value }) => value)).toEqual([0, 1, 2, 3]);
  });

  test("that others write to is no reason to complain", async () => {
    const file = newFile();
    const store = await open(file);
    let over = false;
    const pour = (async () => {
      for (let i = 0; !over; i++) await store.write([{ key: `key ${i % 100}`, value: "x".repeat(3000) }]);
    })();
    const log = fakeLog();
    for (let i = 0; i < 10; i++) await open(file, log);
    over = true;
    await pour;
    expect(log.lines).toEqual([]);
  });
});
