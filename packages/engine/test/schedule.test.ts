import { codeOf, type When } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkWhen, nextRun } from "../src/state/schedule.ts";
import { clockChanges, tenYears, wallAt, wrongAround, zones } from "./zones.ts";

const DAY = 86_400_000;
const utc = (text: string) => Date.parse(`${text}Z`);

describe("a fixed time of day", () => {
  test("that a clock change leaves out runs once, at the change", () => {
    const when = { cron: "30 2 * * *", zone: "Europe/Berlin" };
    const skipped = nextRun(when, utc("2026-03-28T12:00"), 0)!;
    expect(new Date(skipped).toISOString()).toBe("2026-03-29T01:00:00.000Z");
    expect(new Date(nextRun(when, skipped, 0)!).toISOString()).toBe("2026-03-30T00:30:00.000Z");
  });

  test("that comes twice runs the first time only", () => {
    const when = { cron: "30 2 * * *", zone: "Europe/Berlin" };
    const first = nextRun(when, utc("2026-10-24T12:00"), 0)!;
    expect(new Date(first).toISOString()).toBe("2026-10-25T00:30:00.000Z");
    expect(new Date(nextRun(when, first, 0)!).toISOString()).toBe("2026-10-26T01:30:00.000Z");
  });

  test("runs once on each day of ten years, also where clocks change at midnight", () => {
    const zone = fc.constantFrom("America/Nuuk", "America/Havana", "Africa/Cairo", ...zones());
    const time = fc.record({ hour: fc.nat(23), minute: fc.nat(59) });
    fc.assert(
      fc.property(zone, time, (name, { hour, minute }) => {
        expect(tenYears(name, hour, minute, { days: 500 })).toEqual([]);
      }),
      { numRuns: 12, examples: [["America/Nuuk", { hour: 23, minute: 30 }]] },
    );
  });
});

describe("at all clock changes of ten years in all zones", () => {
  const changes = clockChanges();

  test("there are some that leave out a time, and some that repeat one", () => {
    const shift = ({ at, zone }: (typeof changes)[number]) => wallAt(at, zone) - wallAt(at - 60_000, zone);
    expect(changes.filter((change) => shift(change) > 60_000).length).toBeGreaterThan(100);
    expect(changes.filter((change) => shift(change) < 0).length).toBeGreaterThan(100);
  });

  test("each time of a pattern that names hours has one run", () => {
    expect(changes.flatMap((change) => wrongAround(change, "fixed"))).toEqual([]);
  });

  test("a pattern without an hour keeps its pace", () => {
    expect(changes.flatMap((change) => wrongAround(change, "pace"))).toEqual([]);
  });
});

test("what runs every so many minutes keeps its pace over a clock change", () => {
  const when = { cron: "*/20 * * * *", zone: "Europe/Berlin" };
  for (const from of ["2026-03-28T23:30", "2026-10-24T22:30"]) {
    let at = nextRun(when, utc(from), 0)!;
    for (let i = 0; i < 20; i++) {
      const next = nextRun(when, at, 0)!;
      expect(next - at).toBe(20 * 60_000);
      at = next;
    }
  }
});

test("every so many milliseconds counts from when the job was made, and never drifts", () => {
  const span = fc.record({
    made: fc.integer({ min: 0, max: 2e12 }),
    every: fc.integer({ min: 60_000, max: 400 * DAY }),
    after: fc.integer({ min: -DAY, max: 4e12 }),
  });
  fc.assert(
    fc.property(span, ({ made, every, after }) => {
      const next = nextRun({ every }, made + after, made)!;
      expect((next - made) % every).toBe(0);
      expect(next).toBeGreaterThan(Math.max(made, made + after));
      expect(next - Math.max(made, made + after)).toBeLessThanOrEqual(every);
    }),
  );
});

test("a single time runs once", () => {
  expect(nextRun({ at: 5 }, 4, 0)).toBe(5);
  expect(nextRun({ at: 5 }, 5, 0)).toBeUndefined();
});

test.each<[When, string]>([
  [{ at: 1000 }, "1970-01-01T00:00:01.000Z is over"],
  [{ at: 2000 }, "1970-01-01T00:00:02.000Z is over"],
  [{ at: Number.NaN }, "the time cannot be read"],
  [{ at: 1e13 }, "more than ten years ahead"],
  [{ every: 59_999 }, "once a minute"],
  [{ every: 1e13 }, "ten years"],
  [{ cron: "0 9 * *", zone: "UTC" }, "'0 9 * *' is no cron pattern of five fields"],
  [{ cron: "0 9 * * 8", zone: "UTC" }, "'0 9 * * 8' is no cron pattern"],
  [{ cron: "0 9 30 2 *", zone: "UTC" }, "'0 9 30 2 *' never comes"],
  [{ cron: "0 9 * * *", zone: "Mars/Olympus" }, "'Mars/Olympus' is not a valid time zone"],
])("%j is refused: %s", (when, why) => {
  let error: unknown;
  try {
    checkWhen(when, 2000);
  } catch (thrown) {
    error = thrown;
  }
  expect(codeOf(error)).toBe("invalid");
  expect(String(error)).toContain(why);
});
