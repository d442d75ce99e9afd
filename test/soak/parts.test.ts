import { execFile } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { BotError, type Change, memoryStore, type Store } from "@micro-bot/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { startCounter } from "../../scripts/soak/counter.ts";
import { type Fact, factReader, factWriter } from "../../scripts/soak/facts.ts";
import { newRandom } from "../../scripts/soak/random.ts";
import { type Crash, parseCrash, watchedStore } from "../../scripts/soak/watched-store.ts";
import { understand } from "../../scripts/soak/words.ts";
import { removeDir, tempDir } from "../servers/lib.ts";

function folder(): string {
  const dir = tempDir("soak-parts");
  onTestFinished(() => removeDir(dir));
  return dir;
}

describe("the watched store", () => {
  const run = { event: { data: "count 7" }, state: "accepted" };

  function watched(inner: Store = memoryStore(), crash?: Crash) {
    const noted: string[] = [];
    const store = watchedStore(inner, {
      note: ({ kind, run, text }) => noted.push([kind, run, text].filter(Boolean).join(" ")),
      crash,
      die: () => {
        noted.push("died");
      },
    });
    return { store, noted };
  }

  test("notes a run that is accepted, begins and ends, and side effects that begin", async () => {
    const { store, noted } = watched();
    await store.write([
      { key: "seen/irc/1", value: "a", version: 0 },
      { key: "run/a", value: run, version: 0 },
    ]);
    const { version } = (await store.get("run/a"))!;
    await store.write([{ key: "run/a", value: { ...run, state: "begun" }, version }]);
    await store.write([{ key: "log/a/000001", value: { kind: "once", name: "order" } }]);
    await store.write([{ key: "run/a" }]);
    const facts = ["accepted a count 7", "begun a count 7", "begun a", "ended a"];
    expect(noted).toEqual(facts.flatMap((fact) => ["write", fact]));
  });

  test("notes nothing as safe that the store did not take", async () => {
    const failing: Store = {
      ...memoryStore(),
      write: async () => Promise.reject(new BotError("failed", "the disk is full")),
    };
    const { store, noted } = watched(failing);
    await expect(store.write([{ key: "run/a", value: run, version: 0 }])).rejects.toThrow("disk");
    expect(noted).toEqual(["write"]);
  });

  test("notes the first heartbeat only, counts none, and notes no runs that are only asked for", async () => {
    const { store, noted } = watched();
    for (const value of [1, 2]) await store.write([{ key: "replica/x", value }]);
    await store.write([{ key: "run/a", value: run, version: 0 }]);
    const { version } = (await store.get("run/a"))!;
    const changes: Change[] = [
      { key: "run/a", keep: true, version },
      { key: "ask/a/0", value: 1 },
    ];
    await store.write(changes);
    expect(noted).toEqual(["alive", "write", "accepted a count 7", "write"]);
  });

  test("dies before or after the write that was named, and at no other", async () => {
    const inner = memoryStore();
    const before = watched(inner, parseCrash("before:2"));
    for (const key of ["run/a", "run/b", "run/c"])
      await before.store.write([{ key, value: run, version: 0 }]);
    expect(before.noted.indexOf("died")).toBe(before.noted.indexOf("accepted a count 7") + 1);
    const after = watched(memoryStore(), parseCrash("after:1"));
    for (const key of ["run/a", "run/b"]) await after.store.write([{ key, value: run, version: 0 }]);
    expect(after.noted.indexOf("died")).toBe(after.noted.indexOf("accepted a count 7") + 1);
    expect(parseCrash("sometime")).toBeUndefined();
  });
});

describe("facts", () => {
  test("outlive the process that wrote them and was killed at once", async () => {
    const file = join(folder(), "facts");
    const facts = JSON.stringify(join(import.meta.dirname, "../../scripts/soak/facts.ts"));
    const script = `
      const { factWriter } = await import(${facts});
      factWriter(${JSON.stringify(file)})({ kind: "accepted", run: "a", at: 1, pid: process.pid, text: "é" });
      process.kill(process.pid, "SIGKILL");
      factWriter(${JSON.stringify(file)})({ kind: "ended", run: "a", at: 2, pid: process.pid });`;
    const args = ["--input-type=module", "--eval", script];
    const signal = await new Promise((resolve) => {
      execFile(process.execPath, args, (error) => resolve(error?.signal));
    });
    expect(signal).toBe("SIGKILL");
    expect(factReader(file)()).toEqual([expect.objectContaining({ kind: "accepted", text: "é" })]);
  });

  test("are read once each, and one that is half written later", () => {
    const file = join(folder(), "facts");
    const read = factReader(file);
    expect(read()).toEqual([]);
    const fact: Fact = { kind: "ended", run: "a", at: 1, pid: 2 };
    factWriter(file)(fact);
    const line = JSON.stringify(fact);
    appendFileSync(file, line.slice(0, 9));
    expect(read()).toEqual([fact]);
    appendFileSync(file, `${line.slice(9)}\n`);
    expect(read()).toEqual([fact]);
    expect(read()).toEqual([]);
  });
});

test("the counter counts what it is asked, before it answers", async () => {
  const counted: unknown[] = [];
  const counter = await startCounter({ random: newRandom(1), effect: (effect) => counted.push(effect) });
  onTestFinished(() => counter.stop());
  const ask = (body: object) => fetch(counter.url, { method: "POST", body: JSON.stringify(body) });
  const responses = await Promise.all([ask({ what: "count 1" }), ask({ what: "order 2", key: "k" })]);
  expect(responses.map(({ ok }) => ok)).toEqual([true, true]);
  expect(counted).toHaveLength(2);
  expect(counted).toContainEqual({ what: "order 2", key: "k" });
});

test("chance is the same for the same seed, even, and another for another", () => {
  const numbers = (seed: number) => {
    const random = newRandom(seed);
    return Array.from({ length: 1000 }, () => random.next());
  };
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
  for (const seed of [0, 1, 2 ** 31]) {
    const all = numbers(seed);
    expect(all.reduce((sum, one) => sum + one, 0) / all.length).toBeCloseTo(0.5, 1);
    expect(all.every((one) => one >= 0 && one < 1)).toBe(true);
  }
});

test.each([
  ["counted 7", { kind: "done", what: "count 7" }],
  ["interrupted, outcome unknown: count 7 (abc)", { kind: "unknown", what: "count 7" }],
  ["interrupted in 'order', outcome unknown: order 7 (abc)", { kind: "unknown", what: "order 7" }],
  ["really order 7? (yes / no)", { kind: "question", what: "order 7" }],
  ["probed 3 by 99", { kind: "probed", number: 3, pid: 99 }],
  ["not done: something went wrong on my side (abc-1)", { kind: "other", run: "abc-1" }],
  ["counted 7 sheep", { kind: "other" }],
])("'%s' is understood", (words, meaning) => {
  expect(understand(words)).toEqual(meaning);
});
