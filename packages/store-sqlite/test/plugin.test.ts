import { hash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Change, codeOf, type Entry, type Store, stores } from "@micro-bot/core";
import { expect, test, vi } from "vitest";
import { teach } from "../src/checksum.ts";
import { message, newFile, open, start, transactions } from "./help.ts";
import { silent } from "./help-log.ts";

const put = (key: string, value: Change["value"] = true, more: Partial<Change> = {}): Change[] => [
  { key, value, ...more },
];

test("it registers itself in the shared map, and opens by URL", async () => {
  await import("../src/index.ts");
  const store = await stores.get("sqlite")!(`sqlite://${newFile()}`, { log: silent });
  await store.write(put("a"));
  expect((await store.get("a"))?.value).toBe(true);
  await store.close();
});

test("the file is for its owner alone, and nothing else is left in the folder", async () => {
  const file = newFile();
  const store = await open(file);
  await store.write(put("a"));
  for (const name of readdirSync(dirname(file)))
    expect(statSync(join(dirname(file), name)).mode & 0o777, name).toBe(0o600);
  await store.close();
  expect(readdirSync(dirname(file))).toEqual(["micro.db"]);
});

test("a file that every user may open is told", async () => {
  const file = newFile();
  await (await open(file)).close();
  chmodSync(file, 0o644);
  const warn = vi.fn();
  await open(file, { ...silent, warn });
  expect(warn).toHaveBeenCalledWith({ path: file }, expect.stringContaining("chmod 600"));
});

test("several that make the file at once get the same one", async () => {
  const file = newFile();
  const all = await Promise.all(Array.from({ length: 5 }, () => open(file)));
  await Promise.all(all.map((store, i) => store.write(put(`key ${i}`))));
  for (const store of all) expect(await keysOf(store)).toHaveLength(5);
});

test("several processes that make the file at once get the same one", async () => {
  const file = newFile();
  const children = ["a", "b", "c"].map((key) => start("put", file, key));
  await Promise.all(children.map(message));
  for (const child of children) child.send("go");
  for (const [code] of await Promise.all(children.map((child) => once(child, "exit")))) expect(code).toBe(0);
  expect(await keysOf(await open(file))).toEqual(["a", "b", "c"]);
  expect(readdirSync(dirname(file)).filter((name) => name.endsWith(".new"))).toEqual([]);
});

const refusals: Record<string, { make(file: string): void; says: string }> = {
  "a folder that is not there": {
    make: (file) => rmSync(dirname(file), { recursive: true }),
    says: "no folder",
  },
  "a folder in the file's place": { make: (file) => mkdirSync(file), says: "it is no file" },
  "an empty file": { make: (file) => writeFileSync(file, ""), says: "it is empty" },
  "a file of another kind": {
    make: (file) => writeFileSync(file, "Dear diary, ".repeat(999)),
    says: "not an SQLite database",
  },
  "a database of another program": {
    make: (file) => sql(file, "CREATE TABLE entries (version, key, value, until)"),
    says: "of another program",
  },
  "a file of a newer version": {
    make: (file) => sql(file, "PRAGMA application_id = 0x6d626f74; PRAGMA user_version = 3"),
    says: "newer version (format 3, this one knows 2)",
  },
  "a store that lost its tables": {
    make: (file) => sql(file, "PRAGMA application_id = 0x6d626f74; PRAGMA user_version = 1"),
    says: "tables of it are missing",
  },
  "a log without its file": {
    make: (file) => writeFileSync(`${file}-wal`, "what was written"),
    says: "its log",
  },
};

test.each(Object.entries(refusals))("%s is refused and left alone", async (_, { make, says }) => {
  const file = newFile();
  make(file);
  const before = snapshot(file);
  const error = await open(file).catch((error) => error);
  expect(codeOf(error)).toBe("config");
  expect(error.message).toContain(file);
  expect(error.message).toContain(says);
  expect(snapshot(file)).toEqual(before);
});

test("a damaged file is refused and left alone", async () => {
  const file = newFile();
  const store = await open(file);
  await store.write(Array.from({ length: 2000 }, (_, i) => ({ key: `key ${i}`, value: "x".repeat(100) })));
  await store.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 20 * 4096, 24 * 4096);
  writeFileSync(file, bytes);
  const error = await open(file).catch((error) => error);
  expect(codeOf(error)).toBe("config");
  expect(error.message).toMatch(/damaged: restore it from a backup/);
  expect(readFileSync(file).equals(bytes), "the file is as it was").toBe(true);
});

test("a file that was cut short is refused", async () => {
  const file = newFile();
  const store = await open(file);
  await store.write(Array.from({ length: 2000 }, (_, i) => ({ key: `key ${i}`, value: "x".repeat(100) })));
  await store.close();
  writeFileSync(file, readFileSync(file).subarray(0, 10 * 4096));
  const error = await open(file).catch((error) => error);
  expect(codeOf(error)).toBe("config");
  expect(error.message).toContain("damaged");
});

test("a file that another program holds is refused, and opens when that lets go", async () => {
  const file = newFile();
  await (await open(file)).close();
  const holder = start("hold", file, "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT");
  await message(holder);
  const error = await open(file).catch((error) => error);
  expect(codeOf(error)).toBe("config");
  expect(error.message).toContain("another program holds it");
  const late = open(file);
  holder.send("let go");
  await (await late).write(put("a"));
});

test("a write waits for another process that is writing, and nothing else waits", async () => {
  const file = newFile();
  const store = await open(file);
  await store.write(put("before"));
  const holder = start("hold", file, "BEGIN IMMEDIATE");
  await message(holder);
  let done = false;
  const write = store.write(put("after")).then(() => (done = true));
  expect((await store.get("before"))?.value).toBe(true);
  expect(await keysOf(store)).toEqual(["before"]);
  expect(done).toBe(false);
  holder.send("let go");
  await write;
  expect(await keysOf(store)).toEqual(["after", "before"]);
});

test("a counter adds up over several processes", async () => {
  const file = newFile();
  const children = Array.from({ length: 3 }, () => start("count", file, "100"));
  for (const [code] of await Promise.all(children.map((child) => once(child, "exit")))) expect(code).toBe(0);
  expect((await (await open(file)).get("count"))?.value).toBe(300);
});

test("a watch sees what another process writes", async () => {
  const file = newFile();
  const store = await open(file);
  const over = new AbortController();
  const keys = store.watch!("w/", over.signal)[Symbol.asyncIterator]();
  const child = start("put", file, "w/far");
  await message(child);
  child.send("go");
  expect(await keys.next()).toEqual({ value: "w/far", done: false });
  over.abort();
  expect((await keys.next()).done).toBe(true);
});

test("a watch sees what another handle deletes", async () => {
  const file = newFile();
  const store = await open(file);
  const other = await open(file);
  await store.write(put("w/a"));
  const keys = store.watch!("w/", new AbortController().signal)[Symbol.asyncIterator]();
  await other.write([{ key: "w/a" }]);
  expect((await keys.next()).value).toBe("w/a");
  expect(await store.get("w/a")).toBeUndefined();
});

test("a watch ends when the store is closed", async () => {
  const store = await open(newFile());
  const next = store.watch!("", new AbortController().signal)[Symbol.asyncIterator]().next();
  await store.close();
  expect((await next).done).toBe(true);
});

test("whatever was resolved before a kill in full work is there", async () => {
  const file = newFile();
  const child = start("pour", file);
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  child.on("message", (key: string) => void (told.push(key) === 500 && resolve()));
  await promise;
  child.kill("SIGKILL");
  await once(child, "exit");
  const store = await open(file);
  const there = new Set(await keysOf(store, "pour/"));
  expect(told.filter((key) => !there.has(key))).toEqual([]);
  for (let writer = 0; writer < 8; writer++) {
    const last = (await store.get(`last/${writer}`)) as Entry<number>;
    expect(there, "a write is whole").toContain(`pour/${writer}/${last.value}`);
    expect(there).not.toContain(`pour/${writer}/${last.value + 1}`);
  }
});

test("writes of one turn share a transaction, and a conflict in one is that one's alone", async () => {
  const file = newFile();
  const store = await open(file);
  await store.write(put("held"));
  const before = transactions(file);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, i) =>
      store.write([
        { key: `key ${i}`, value: i },
        ...(i % 10 === 3 ? put("held", false, { version: 0 }) : put(`twin ${i}`)),
      ]),
    ),
  );
  expect(transactions(file) - before).toBe(1);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(10);
  for (const [i, { status }] of outcomes.entries()) expect(status === "rejected", `${i}`).toBe(i % 10 === 3);
  expect(await keysOf(store)).toHaveLength(2 * 90 + 1);
  expect((await store.get("key 3"))?.value).toBeUndefined();
});

test("of writes in one turn the later sees the earlier", async () => {
  const store = await open(newFile());
  const writes = [
    put("a", 1, { version: 0 }),
    put("a", 2, { version: 0 }),
    put("a", 3),
    [{ key: "a" }],
    put("a", 4, { version: 0 }),
  ];
  const outcomes = await Promise.allSettled(writes.map((changes) => store.write(changes)));
  expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, true, true]);
  expect((await store.get("a"))?.value).toBe(4);
});

test("writes that only conflict make no transaction", async () => {
  const file = newFile();
  const store = await open(file);
  await store.write(put("held"));
  const before = transactions(file);
  await expect(store.write(put("held", false, { version: 0 }))).rejects.toMatchObject({ code: "conflict" });
  await store.write([]);
  expect(transactions(file)).toBe(before);
});

test("close waits for the writes before it, and refuses those after", async () => {
  const file = newFile();
  const store = await open(file);
  const writes = Array.from({ length: 20 }, (_, i) => store.write(put(`key ${i}`)));
  const closed = store.close();
  await expect(store.write(put("late"))).rejects.toMatchObject({ code: "closed" });
  await Promise.all([closed, store.close(), ...writes]);
  expect(await keysOf(await open(file))).toHaveLength(20);
});

test("versions rise over a restart when the newest rows were deleted and swept", async () => {
  const file = newFile();
  const store = await open(file);
  await store.write(put("a"));
  const { version } = (await store.get("a"))!;
  await store.write(put("a", 2, { ttl: 0 }));
  await store.close();
  sql(file, "DELETE FROM entries");
  const again = await open(file);
  await again.write(put("a"));
  expect((await again.get("a"))!.version).toBeGreaterThan(version + 1);
});

test("rows whose time is over are removed in batches, as others are written", async () => {
  const file = newFile();
  const store = await open(file);
  const db = new DatabaseSync(file);
  teach(db);
  db.exec(`
    WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < 200),
      old(n, key) AS (SELECT n, CAST('old ' || n AS BLOB) FROM series)
    INSERT INTO entries (version, key, value, until, crc) SELECT n, key, '1', 1, checksum(key, '1', n, 1) FROM old
  `);
  db.close();
  expect(await keysOf(store)).toEqual([]);
  const counts = [count(file)];
  for (let i = 0; i < 4; i++) {
    await store.write(put("new", i));
    counts.push(count(file));
  }
  expect(counts).toEqual([200, 137, 73, 9, 1]);
});

test("a key may hold a nought, but not half a character", async () => {
  const store = await open(newFile());
  await store.write(put("a\u0000b", 1));
  await store.write(put("a", 2));
  expect(await keysOf(store)).toEqual(["a", "a\u0000b"]);
  await expect(store.write([...put("b"), ...put("\ud83d")])).rejects.toMatchObject({ code: "invalid" });
  await expect(store.get("\ud83d")).rejects.toMatchObject({ code: "invalid" });
  expect(await store.get("b")).toBeUndefined();
});

test("a value that is no JSON spoils no other write of its turn", async () => {
  const store = await open(newFile());
  const good = store.write(put("good"));
  await expect(store.write(put("bad", 1n as never))).rejects.toMatchObject({ code: "invalid" });
  await good;
});

test("a file that was moved away is not written to any more, and again when it is back", async () => {
  const file = newFile();
  const store = await open(file);
  renameSync(file, `${file}.away`);
  await expect(store.write(put("a"))).rejects.toThrow("removed or replaced");
  copyFileSync(`${file}.away`, file);
  await expect(store.write(put("a"))).rejects.toThrow("removed or replaced");
  renameSync(`${file}.away`, file);
  await store.write(put("a"));
});

async function keysOf(store: Store, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

function sql(file: string, text: string): void {
  const db = new DatabaseSync(file);
  db.exec(text);
  db.close();
}

function count(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  const row = db.prepare("SELECT count(*) AS n FROM entries").get();
  db.close();
  return Number(row!.n);
}

function snapshot(file: string): Record<string, string> {
  const folder = dirname(file);
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, hash("sha256", readFileSync(join(folder, name)))]));
}
