import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Watchdog } from "../src/watchdog.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watch() {
  const seen: string[] = [];
  return {
    seen,
    dog: new Watchdog(
      1000,
      () => seen.push("ask"),
      () => seen.push("dead"),
    ),
  };
}

test("a watchdog asks after a silence, gives up after another, and does either once", () => {
  const { seen } = watch();
  vi.advanceTimersByTime(1000);
  expect(seen).toEqual(["ask"]);
  vi.advanceTimersByTime(10_000);
  expect(seen).toEqual(["ask", "dead"]);
});

test("a watchdog that hears something begins again", () => {
  const { seen, dog } = watch();
  for (let i = 0; i < 5; i++) {
    vi.advanceTimersByTime(1500);
    dog.heard();
  }
  expect(seen).toEqual(["ask", "ask", "ask", "ask", "ask"]);
});

test("a watchdog that was stopped stays so, whatever it hears", () => {
  const { seen, dog } = watch();
  dog.stop();
  dog.heard();
  vi.advanceTimersByTime(10_000);
  expect(seen).toEqual([]);
});
