import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aborted, Backoff, pause, rejection, within } from "../src/retry.ts";

describe("a backoff", () => {
  test("waits between half of a step and all of it, doubles the step, and has a longest one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1000, max: 60_000 }),
        (first, most) => {
          const backoff = new Backoff(first, most);
          for (let i = 0; i < 20; i++) {
            const full = Math.min(most, first * 2 ** i);
            const wait = backoff.next();
            expect(wait).toBeGreaterThanOrEqual(full / 2);
            expect(wait).toBeLessThanOrEqual(full);
          }
          backoff.reset();
          expect(backoff.next()).toBeLessThanOrEqual(first);
        },
      ),
    );
  });
});

describe("a wait", () => {
  test("ends with its signal, and never rejects", async () => {
    const stop = new AbortController();
    const paused = pause(2 ** 30, stop.signal);
    const heard = aborted(stop.signal);
    stop.abort();
    await Promise.all([paused, heard, pause(2 ** 30, stop.signal), aborted(stop.signal)]);
  });

  test("says whether work was done before it", async () => {
    const stop = new AbortController();
    const never = new Promise(() => {});
    const late = within(never, stop.signal);
    stop.abort();
    expect(await late).toBe(false);
    expect(await within(never, 1)).toBe(false);
    expect(await within(Promise.resolve(), 2 ** 30)).toBe(true);
    await expect(within(Promise.reject(new Error("broken")), 2 ** 30)).rejects.toThrow("broken");
  });

  test("may be raced against by its reason", async () => {
    const stop = new AbortController();
    const lost = rejection(stop.signal);
    stop.abort(new Error("stopped"));
    await expect(lost).rejects.toThrow("stopped");
    await expect(rejection(stop.signal)).rejects.toThrow("stopped");
  });
});
