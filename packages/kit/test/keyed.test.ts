import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../src/json.ts";
import { RateLimiter } from "../src/rate.ts";
import { RecentMap } from "../src/recent.ts";
import { textTable } from "../src/table.ts";

test("a recent map holds the newest keys, and no more than its limit", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 10 }), (keys, limit) => {
      const map = new RecentMap<number, number>(limit);
      for (const key of keys) map.set(key, key);
      const newest = [...new Set(keys.toReversed())].slice(0, limit);
      expect([...map.values()].toReversed()).toEqual(newest);
      for (const key of newest) expect(map.get(key)).toBe(key);
    }),
  );
});

describe("a rate limiter", () => {
  test("gives so many in a window to each key, and never more than twice that in any window", () => {
    const step = fc.tuple(fc.constantFrom("a", "b"), fc.nat(5000));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.array(step, { maxLength: 200 }), (limit, steps) => {
        const limiter = new RateLimiter(limit, 1000);
        const given: Record<string, number[]> = { a: [], b: [] };
        let now = 0;
        for (const [key, ms] of steps) {
          now += ms % 100;
          const has = limiter.has(key, now);
          expect(limiter.take(key, now)).toBe(has);
          if (has) given[key]!.push(now);
        }
        for (const times of Object.values(given))
          for (const at of times)
            expect(times.filter((time) => time >= at && time < at + 1000).length).toBeLessThanOrEqual(
              2 * limit,
            );
      }),
    );
  });

  test("starts full, fills with time and not with a clock that was set back", () => {
    const limiter = new RateLimiter(2, 1000);
    expect([limiter.take("a", 0), limiter.take("a", 0), limiter.take("a", 0)]).toEqual([true, true, false]);
    expect(limiter.take("a", -10_000)).toBe(false);
    expect(limiter.take("a", 500)).toBe(true);
  });
});

test("canonical JSON is one text for equal values, and reads back as the value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      const shuffled = JSON.parse(text, (_key, part) =>
        part && typeof part === "object" && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).toReversed())
          : part,
      );
      expect(canonicalJson(shuffled)).toBe(text);
    }),
  );
  expect(canonicalJson({ b: undefined, a: [undefined, 1] })).toBe('{"a":[null,1]}');
});

test("a table has columns as wide as their widest cell", () => {
  expect(
    textTable([
      ["name", "state"],
      ["irc", "up", "since 5m"],
      ["👩‍💻", ""],
    ]),
  ).toBe("name  state\nirc   up     since 5m\n👩‍💻");
  expect(textTable([])).toBe("");
});
