import { type Entry, type Json, memoryStore, type Store } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOf, RECORDS, seal } from "../src/record.ts";
import { verify } from "../src/verify.ts";
import { newChain, put, recordsOf, rowsOf, said, storeOf } from "./support.ts";

const MOST = 12;
const size = fc.integer({ min: 2, max: MOST });
const place = fc.nat();

async function broken(store: Store): Promise<{ kind: string; seq: number; message: string }> {
  const error = await verify(store).then(
    () => {
      throw new Error("nothing was found");
    },
    (error) => error,
  );
  return { ...error.detail, message: error.message };
}

/** The store as it would be if one row's JSON were this text; undefined when the row says the same as before. */
async function rewritten(store: Store, { key, value }: Entry, text: string): Promise<boolean> {
  let changed: Json;
  try {
    changed = JSON.parse(text);
  } catch {
    // Stores refuse what is no JSON: a value of another kind stands for it.
    changed = text;
  }
  if (JSON.stringify(changed) === JSON.stringify(value)) return false;
  await put(store, key, changed);
  return true;
}

describe("verify", () => {
  test("passes a chain that nobody touched, also an empty one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), async (texts) => {
        const store = memoryStore();
        const chain = newChain(store);
        await Promise.all(texts.map((text) => chain.append(said(text))));
        const proof = await verify(store);
        expect(proof.records).toBe(texts.length);
        expect(proof.head.seq).toBe(texts.length);
      }),
      { numRuns: 50 },
    );
  });

  test("finds any one byte that was changed in any row", async () => {
    await fc.assert(
      fc.asyncProperty(
        size,
        place,
        place,
        fc.integer({ min: 32, max: 126 }),
        async (count, at, row, byte) => {
          const store = await storeOf(count);
          const rows = await rowsOf(store);
          const entry = rows[row % rows.length]!;
          const bytes = Buffer.from(JSON.stringify(entry.value));
          bytes[at % bytes.length] = byte;
          if (!(await rewritten(store, entry, bytes.toString()))) return;
          const found = await verify(store).then(
            () => undefined,
            (error) => error,
          );
          expect(found?.code, `after ${bytes}`).toBe("failed");
          if (entry.key.startsWith(RECORDS))
            expect(found.detail.seq).toBe(Number(entry.key.slice(RECORDS.length)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("finds any one record that was removed, and names it", async () => {
    await fc.assert(
      fc.asyncProperty(size, place, async (count, at) => {
        const store = await storeOf(count);
        const seq = (at % count) + 1;
        await put(store, keyOf(seq), undefined);
        expect(await broken(store)).toMatchObject({ kind: seq === count ? "cut" : "missing", seq });
      }),
    );
  });

  test("finds any two that were swapped, and names the first", async () => {
    await fc.assert(
      fc.asyncProperty(size, place, place, async (count, first, second) => {
        const store = await storeOf(count);
        const a = (first % count) + 1;
        const b = (second % count) + 1;
        if (a === b) return;
        const records = await recordsOf(store);
        await put(store, keyOf(a), records[b - 1] as unknown as Json);
        await put(store, keyOf(b), records[a - 1] as unknown as Json);
        expect(await broken(store)).toMatchObject({ kind: "moved", seq: Math.min(a, b) });
      }),
    );
  });

  test("finds any tail that was cut, against the stored head", async () => {
    await fc.assert(
      fc.asyncProperty(size, place, async (count, at) => {
        const store = await storeOf(count);
        const left = at % count;
        for (let seq = left + 1; seq <= count; seq++) await put(store, keyOf(seq), undefined);
        expect(await broken(store)).toMatchObject({ kind: "cut", seq: left + 1 });
      }),
    );
  });

  test("finds a head that was set back", async () => {
    await fc.assert(
      fc.asyncProperty(size, place, async (count, at) => {
        const store = await storeOf(count);
        const { seq, hash } = [{ seq: 0, hash: "0".repeat(64) }, ...(await recordsOf(store))][at % count]!;
        await put(store, "head", { seq, hash });
        expect(await broken(store)).toMatchObject({ kind: "changed", seq: count });
      }),
    );
  });

  test("finds a record that was written anew with a hash that fits it", async () => {
    const store = await storeOf(5);
    const records = await recordsOf(store);
    const forged = seal({ ...said("something harmless") }, 1, records[1]!);
    await put(store, keyOf(3), forged as unknown as Json);
    expect(await broken(store)).toMatchObject({ kind: "changed", seq: 4 });
  });

  test("finds a front that was cut without a word, also with a base that fits", async () => {
    const store = await storeOf(5);
    const [first, second] = await recordsOf(store);
    for (const { seq } of [first!, second!]) await put(store, keyOf(seq), undefined);
    expect(await broken(store)).toMatchObject({ kind: "missing", seq: 1 });
    await put(store, "base", { seq: 2, hash: second!.hash });
    expect(await broken(store)).toMatchObject({ kind: "missing", seq: 1 });
  });

  test("finds a row between records that is none", async () => {
    const store = await storeOf(5);
    await put(store, `${keyOf(3)}b`, { seq: 3 });
    expect((await broken(store)).message).toContain("is no record");
  });

  test("cannot see a tail that was cut with its head, but who noted a head can", async () => {
    const store = await storeOf(5);
    const records = await recordsOf(store);
    const [, , third, fourth, fifth] = records;
    for (const { seq } of [fourth!, fifth!]) await put(store, keyOf(seq), undefined);
    await put(store, "head", { seq: 3, hash: third!.hash });
    expect((await verify(store)).records).toBe(3);
    await verify(store, { noted: { seq: 3, hash: third!.hash.slice(0, 16) } });
    await expect(verify(store, { noted: fifth! })).rejects.toMatchObject({ detail: { kind: "cut", seq: 5 } });
    await newChain(store).append(said("4, told anew"));
    await expect(verify(store, { noted: fourth! })).rejects.toMatchObject({
      detail: { kind: "changed", seq: 4 },
    });
  });

  test("holds while bots go on writing", async () => {
    const store = await storeOf(300);
    const chain = newChain(store);
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i++) {
        await chain.append(said(`more ${i}`));
        await new Promise(setImmediate);
      }
    })();
    for (let i = 0; i < 20; i++) expect((await verify(slow(store))).records).toBeGreaterThanOrEqual(300);
    writing = false;
    await writer;
  });

  test("tells how far it is, and ends when it is told to", async () => {
    const store = await storeOf(1000);
    const told: number[] = [];
    await verify(store, { progress: async (records) => void told.push(records) });
    expect(told).toEqual([256, 512, 768]);
    await expect(verify(store, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

/** A store that others come to between any two entries. */
function slow(store: Store): Store {
  return {
    ...store,
    async *list(prefix, options) {
      for await (const entry of store.list(prefix, options)) {
        if (entry.version % 50 === 0) await new Promise(setImmediate);
        yield entry;
      }
    },
  };
}
