import { BotError, type Json, memoryStore } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSealed, keyOf, rows, seal } from "../src/record.ts";
import { verify } from "../src/verify.ts";
import { faulty, newChain, put, recordsOf, said, storeOf } from "./support.ts";

describe("a record", () => {
  const facts = fc.record({
    kind: fc.constant("asked" as const),
    text: fc.string({ unit: "binary" }),
    rule: fc.json().map((text) => JSON.parse(text) as Json),
  });

  test("is proved by its hash, which holds all of it", () => {
    fc.assert(
      fc.property(facts, fc.integer(), (facts, at) => {
        const record = seal(facts, at, { seq: 4, hash: "ab" });
        expect(isSealed(JSON.parse(JSON.stringify(record)))).toBe(true);
        expect(isSealed({ ...record, at: at + 1 })).toBe(false);
        expect(isSealed({ ...record, text: `${record.text}.` })).toBe(false);
        expect(isSealed({ ...record, prev: "ac" })).toBe(false);
        expect(isSealed({ ...record, approval: null })).toBe(false);
      }),
    );
  });

  test("is kept under a key whose order is that of numbers", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(keyOf(a) < keyOf(b)).toBe(a < b);
      }),
    );
  });
});

describe("the chain", () => {
  test("numbers records without a gap, in the order in which they were given", async () => {
    const store = await storeOf(1000);
    const records = await recordsOf(store);
    expect(records.map(({ seq, text }) => [seq, text])).toEqual(
      records.map((_, i) => [i + 1, `text ${i + 1}`]),
    );
    expect((await verify(store)).records).toBe(1000);
  });

  test("writes what waits together: a thousand records are a few writes", async () => {
    let writes = 0;
    const chain = newChain(faulty(memoryStore(), () => void writes++ as undefined));
    await Promise.all(Array.from({ length: 1000 }, (_, i) => chain.append(said(`${i}`))));
    expect(writes).toBeLessThan(10);
  });

  test("goes on where it ended, in another process", async () => {
    const store = await storeOf(3);
    expect((await newChain(store).append(said("after a restart"))).seq).toBe(4);
    expect((await verify(store)).records).toBe(4);
  });

  test("of two bots that append at once is one chain, with a thousand records of each", async () => {
    const store = memoryStore();
    const bots = ["a", "b"].map((bot) => ({ bot, chain: newChain(store) }));
    await Promise.all(
      bots.map(async ({ bot, chain }) => {
        for (let i = 0; i < 1000; i += 10)
          await Promise.all(Array.from({ length: 10 }, (_, k) => chain.append(said(`${bot} ${i + k}`))));
      }),
    );
    const proof = await verify(store);
    expect(proof.records).toBe(2000);
    const texts = (await recordsOf(store)).map(({ text }) => text!);
    for (const { bot } of bots)
      expect(texts.filter((text) => text.startsWith(bot))).toEqual(
        Array.from({ length: 1000 }, (_, i) => `${bot} ${i}`),
      );
  });

  test("keeps the order when the clock is set back", async () => {
    const store = memoryStore();
    let now = 5000;
    const chain = newChain(store, { now: () => now });
    await chain.append(said("first"));
    now = 1000;
    await chain.append(said("second"));
    expect((await recordsOf(store)).map(({ at, text }) => [at, text])).toEqual([
      [5000, "first"],
      [1000, "second"],
    ]);
    await verify(store);
  });

  test("has no record twice when a write was made and its answer was lost", async () => {
    const store = memoryStore();
    let lost = 0;
    const chain = newChain(faulty(store, () => (++lost % 2 ? "after" : undefined)));
    const numbers: number[] = [];
    for (let i = 0; i < 50; i++) numbers.push((await chain.append(said(`${i}`))).seq);
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect((await verify(store)).records).toBe(50);
  });

  test("has no record twice when another bot appended after a write whose answer was lost", async () => {
    const store = memoryStore();
    const other = newChain(store);
    let first = true;
    const chain = newChain({
      ...store,
      async write(changes) {
        const versions = await store.write(changes);
        if (!first) return versions;
        first = false;
        await other.append(said("of the other"));
        throw new Error("the connection was lost");
      },
    });
    expect((await chain.append(said("mine"))).seq).toBe(1);
    expect((await chain.append(said("mine again"))).seq).toBe(3);
    expect((await recordsOf(store)).map(({ text }) => text)).toEqual(["mine", "of the other", "mine again"]);
    await verify(store);
  });

  test("tries again when a write fails, and tells those who wait when it goes on failing", async () => {
    const store = memoryStore();
    let fails = 2;
    const chain = newChain(faulty(store, () => (fails-- > 0 ? "before" : undefined)));
    await chain.append(said("in the end"));
    fails = 1000;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 600 }, (_, i) => chain.append(said(`${i}`))),
    );
    expect(
      outcomes.every((one) => one.status === "rejected" && String(one.reason).includes("the disk is full")),
    ).toBe(true);
    expect(fails, "those who waited did not each wait for the same").toBeGreaterThan(990);
    expect(chain.trouble).toContain("the disk is full");
    fails = 0;
    expect((await chain.append(said("with room again"))).seq).toBe(2);
    expect(chain.trouble).toBeUndefined();
    await verify(store);
  });

  test("holds so many that wait, and no more", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const store = memoryStore();
    const chain = newChain({ ...store, write: (changes) => promise.then(() => store.write(changes)) });
    const first = chain.append(said("under way"));
    await new Promise(setImmediate);
    const all = Array.from({ length: 10_000 }, (_, i) => chain.append(said(`${i}`)));
    await expect(chain.append(said("too many"))).rejects.toMatchObject({ code: "limited" });
    resolve();
    await Promise.all([first, ...all]);
    expect((await verify(store)).records).toBe(10_001);
  });

  test.each([
    [
      "its head was set back",
      async (store: ReturnType<typeof memoryStore>) =>
        put(store, "head", { seq: 1, hash: (await recordsOf(store))[0]!.hash }),
      "after its head, 1",
    ],
    [
      "its head is gone",
      (store: ReturnType<typeof memoryStore>) => put(store, "head", undefined),
      "but no head",
    ],
    [
      "its head cannot be read",
      (store: ReturnType<typeof memoryStore>) => put(store, "head", "3"),
      "its head cannot be read",
    ],
  ])("is not gone on with when %s", async (_what, harm, message) => {
    const store = await storeOf(3);
    await harm(store);
    await expect(newChain(store).append(said("more"))).rejects.toThrow(message);
    expect(await recordsOf(store)).toHaveLength(3);
  });

  test("goes on after its last record when its head was put aside, and never hides it", async () => {
    const store = await storeOf(3);
    await put(store, "head", rows.head!.instead!("head"));
    const warned: string[] = [];
    await newChain(store, { warn: (message) => void warned.push(message) }).append(said("more"));
    const records = await recordsOf(store);
    expect(records.map(({ seq, kind }) => [seq, kind]).slice(3)).toEqual([
      [4, "mended"],
      [5, expect.any(String)],
    ]);
    expect(warned).toEqual(["the head could not be read: the chain goes on after 3"]);
    await expect(verify(store)).rejects.toThrow("broken at record 4, cut: the head could not be read");
  });

  test("does not try what is closed", async () => {
    const store = memoryStore();
    await store.close();
    const pause = () => Promise.reject(new Error("it tried again"));
    await expect(newChain(store, { pause }).append(said("late"))).rejects.toBeInstanceOf(BotError);
  });
});
