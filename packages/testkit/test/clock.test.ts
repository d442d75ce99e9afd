import { expect, test } from "vitest";
import { fakeClock } from "../src/clock.ts";

test("timers fire in the order of their times, each at its own", async () => {
  const clock = fakeClock(1000);
  const fired: [string, number][] = [];
  for (const [name, ms] of [
    ["late", 30],
    ["soon", 10],
    ["same", 10],
    ["never", 31],
  ] as const)
    clock.setTimeout(() => fired.push([name, clock.now()]), ms);
  await clock.advance(30);
  expect(fired).toEqual([
    ["soon", 1010],
    ["same", 1010],
    ["late", 1030],
  ]);
  expect(clock.now()).toBe(1030);
  expect(clock.pending).toBe(1);
});

test("a timer set by a timer, also after an await, fires within the same advance", async () => {
  const clock = fakeClock();
  let rounds = 0;
  const again = async () => {
    await Promise.resolve();
    if (++rounds < 5) clock.setTimeout(again, 10);
  };
  clock.setTimeout(again, 10);
  await clock.advance(50);
  expect(rounds).toBe(5);
});

test("a cleared timer does not fire", async () => {
  const clock = fakeClock();
  const timer = clock.setTimeout(() => expect.unreachable(), 10);
  clock.clearTimeout(timer);
  clock.clearTimeout(undefined);
  await clock.advance(100);
  expect(clock.pending).toBe(0);
});
