import { memoryStore } from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { Keep, keptOf } from "../src/keep.ts";
import { keyOf } from "../src/record.ts";
import { verify } from "../src/verify.ts";
import { faulty, newChain, put, recordsOf, said } from "./support.ts";

test.each([
  ["100000", { records: 100_000 }],
  ["90d", { ms: 90 * 86_400_000 }],
  ["12h", { ms: 12 * 3_600_000 }],
])("--audit_keep=%s is read", (text, kept) => {
  expect(keptOf(text)).toEqual(kept);
});

test.each(["0", "0d", "many", "-5", "1.5d", "90 days", ""])(
  "--audit_keep=%s is refused, naming the flag",
  (text) => {
    expect(() => keptOf(text)).toThrow(/audit_keep: '.*' is neither/);
  },
);

describe("retention", () => {
  test("by number cuts the front in steps, says so, and what is left is proved", async () => {
    const store = memoryStore();
    const chain = newChain(store, { keep: new Keep("100") });
    for (let i = 0; i < 1000; i++) await chain.append(said(`${i}`));
    await chain.idle();
    const records = await recordsOf(store);
    expect(records.length).toBeGreaterThanOrEqual(100);
    expect(records.length).toBeLessThanOrEqual(111);
    const cuts = records.filter(({ kind }) => kind === "cut");
    expect(cuts.at(-1)).toMatchObject({ message: "--audit_keep=100", upTo: { seq: records[0]!.seq - 1 } });
    expect(cuts.length, "one record for each would be as many again").toBeLessThan(12);
    const proof = await verify(store);
    expect(proof.base.seq).toBe(records[0]!.seq - 1);
    expect(proof.records).toBe(records.length);
  });

  test("by time cuts what is older, however the clock is set", async () => {
    const store = memoryStore();
    let now = 1_000_000;
    const chain = newChain(store, { keep: new Keep("1h"), now: () => now });
    for (let i = 0; i < 1200; i++) await chain.append(said(`old ${i}`));
    now += 2 * 3_600_000;
    for (let i = 0; i < 5; i++) await chain.append(said(`new ${i}`));
    await chain.idle();
    expect((await recordsOf(store)).map(({ kind, text }) => (kind === "cut" ? kind : text))).toEqual(
      expect.arrayContaining(["cut", "new 0", "new 4"]),
    );
    expect((await recordsOf(store)).some(({ text }) => text?.startsWith("old"))).toBe(false);
    now -= 24 * 3_600_000;
    await chain.append(said("with the clock set back"));
    await chain.idle();
    expect((await recordsOf(store)).at(-1)?.text).toBe("with the clock set back");
    await verify(store);
  });

  test("of two bots on one chain leaves one chain", async () => {
    const store = memoryStore();
    const chains = [newChain(store, { keep: new Keep("50") }), newChain(store, { keep: new Keep("50") })];
    await Promise.all(
      chains.map(async (chain) => {
        for (let i = 0; i < 400; i++) await chain.append(said(`${i}`));
        await chain.idle();
      }),
    );
    const { records } = await verify(store);
    expect(records).toBeGreaterThanOrEqual(50);
    expect(records).toBeLessThan(120);
  });

  test("does not remove what was changed: it stays to be found", async () => {
    const store = memoryStore();
    const before = newChain(store);
    for (let i = 0; i < 50; i++) await before.append(said(`${i}`));
    await put(store, keyOf(1), "gone");
    const chain = newChain(store, { keep: new Keep("10") });
    await chain.append(said("more"));
    await chain.idle();
    await expect(verify(store)).rejects.toMatchObject({ detail: { kind: "changed", seq: 1 } });
  });

  test("that does not work stops nobody", async () => {
    const store = memoryStore();
    const warnings: string[] = [];
    const chain = newChain(
      faulty(store, (changes) => (changes.some(({ key }) => key === "base") ? "before" : undefined)),
      { keep: new Keep("10"), warn: (message) => void warnings.push(message) },
    );
    for (let i = 0; i < 30; i++) await chain.append(said(`${i}`));
    await chain.idle();
    expect(warnings[0]).toContain("older records are not cut: the disk is full");
    expect((await verify(store)).records).toBe(30);
  });

  test("may go on while the chain is proved", async () => {
    const store = memoryStore();
    const chain = newChain(store, { keep: new Keep("400") });
    for (let i = 0; i < 430; i++) await chain.append(said(`${i}`));
    let moved = false;
    const busy = {
      ...store,
      async *list(prefix: string, options?: object) {
        for await (const entry of store.list(prefix, options)) {
          yield entry;
          if (moved) continue;
          moved = true;
          for (let i = 0; i < 60; i++) await chain.append(said(`later ${i}`));
          await chain.idle();
        }
      },
    };
    expect((await verify(busy)).base.seq).toBeGreaterThan(0);
  });
});
