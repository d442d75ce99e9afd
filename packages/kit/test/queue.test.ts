import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Queue } from "../src/queue.ts";

describe("a queue", () => {
  test("gives items in the order in which they came, before or after they are asked for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), fc.nat(20), async (items, early) => {
        const queue = new Queue<number>();
        const taken = Array.from({ length: Math.min(early, items.length) }, () => queue.take());
        for (const item of items) expect(queue.put(item)).toBe(true);
        while (taken.length < items.length) taken.push(queue.take());
        expect(await Promise.all(taken)).toEqual(items);
      }),
    );
  });

  test("refuses what is too much by put, and drops the oldest by push", async () => {
    let told = 0;
    const queue = new Queue<string>(2, () => told++);
    expect([queue.put("a"), queue.put("b"), told, queue.put("c")]).toEqual([true, true, 0, false]);
    expect(queue.push("d")).toBe(false);
    expect(told).toBe(1);
    expect([await queue.take(), await queue.take()]).toEqual(["b", "d"]);
  });

  test("gives what waits before its end, and rejects with the end's error", async () => {
    const queue = new Queue<string>();
    queue.put("last");
    queue.end(new Error("over"));
    queue.end(new Error("again"));
    expect(queue.put("late")).toBe(false);
    expect(await queue.take()).toBe("last");
    await expect(queue.take()).rejects.toThrow("over");
  });

  test("that is iterated gives all up to its end, and throws the end's error if it has one", async () => {
    const [calm, broken] = [new Queue<string | undefined>(), new Queue<string>()];
    const all = Array.fromAsync(calm);
    calm.put("a");
    calm.put(undefined);
    calm.end();
    expect(await all).toEqual(["a", undefined]);
    broken.put("a");
    broken.end(new Error("over"));
    const seen: string[] = [];
    const read = async () => {
      for await (const item of broken) seen.push(item);
    };
    await expect(read()).rejects.toThrow("over");
    expect(seen).toEqual(["a"]);
  });

  test("rejects those who wait when it ends", async () => {
    const queue = new Queue<string>();
    const taken = queue.take();
    queue.end(new Error("over"));
    await expect(taken).rejects.toThrow("over");
  });

  test("has room when fewer wait than asked for, and at its end", async () => {
    const queue = new Queue<string>();
    queue.put("a");
    queue.put("b");
    let has = false;
    const room = queue.room(1).then(() => {
      has = true;
    });
    await queue.take();
    await Promise.resolve();
    expect(has).toBe(false);
    await queue.take();
    await room;
    queue.put("c");
    const later = queue.room(1);
    queue.end(new Error("over"));
    await later;
  });
});
