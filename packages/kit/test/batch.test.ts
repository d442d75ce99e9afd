import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { batch } from "../src/batch.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Items that come when they are given. */
function source<T>() {
  const given: T[] = [];
  let ended: Error | true | undefined;
  let wake = () => {};
  async function* items() {
    while (true) {
      while (given.length > 0) yield given.shift()!;
      if (ended === true) return;
      if (ended) throw ended;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    items: items(),
    give(...more: T[]) {
      given.push(...more);
      wake();
    },
    end(how: Error | true = true) {
      ended = how;
      wake();
    },
  };
}

async function gather<T>(batches: AsyncIterable<readonly T[]>, into: (readonly T[])[]): Promise<void> {
  for await (const one of batches) into.push(one);
}

describe("a batch", () => {
  test("begins with its first item and ends when its time is over", async () => {
    const { items, give, end } = source<number>();
    const got: (readonly number[])[] = [];
    const over = gather(batch(items, { every: 1000, most: 10 }), got);
    await advance(5000);
    give(1);
    await advance(999);
    give(2);
    expect(got).toEqual([]);
    await advance(1);
    expect(got).toEqual([[1, 2]]);
    give(3);
    await advance(1000);
    expect(got).toEqual([[1, 2], [3]]);
    end();
    await over;
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends with its last item when it is full", async () => {
    const { items, give, end } = source<number>();
    const got: (readonly number[])[] = [];
    const over = gather(batch(items, { every: 1000, most: 2 }), got);
    give(1, 2, 3);
    await advance(0);
    expect(got).toEqual([[1, 2]]);
    end();
    await over;
    expect(got).toEqual([[1, 2], [3]]);
  });

  test("is given before the error that ended the items", async () => {
    const { items, give, end } = source<number>();
    const got: (readonly number[])[] = [];
    const over = gather(batch(items, { every: 1e6, most: 10 }), got);
    give(1);
    end(new Error("cut"));
    await expect(over).rejects.toThrow("cut");
    expect(got).toEqual([[1]]);
  });

  test("that nobody wants any more ends the items", async () => {
    let ended = false;
    async function* items() {
      try {
        yield* [1, 2, 3];
      } finally {
        ended = true;
      }
    }
    for await (const one of batch(items(), { every: 1e6, most: 1 })) {
      expect(one).toEqual([1]);
      break;
    }
    await advance(0);
    expect(ended).toBe(true);
  });

  test("has all items in order, none empty, none too many, whenever they come", async () => {
    const steps = fc.array(fc.oneof(fc.record({ give: fc.nat(5) }), fc.record({ wait: fc.nat(3000) })));
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (steps, most) => {
        const { items, give, end } = source<number>();
        const got: (readonly number[])[] = [];
        const over = gather(batch(items, { every: 1000, most }), got);
        let count = 0;
        for (const step of steps) {
          if ("wait" in step) await advance(step.wait);
          else give(...Array.from({ length: step.give }, () => count++));
        }
        end();
        await over;
        expect(got.flat()).toEqual(Array.from({ length: count }, (_, at) => at));
        for (const one of got) expect(one.length).toBeGreaterThan(0);
        for (const one of got) expect(one.length).toBeLessThanOrEqual(most);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });
});
