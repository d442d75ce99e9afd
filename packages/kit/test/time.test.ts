import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAge, formatDuration, formatUtc, parseDuration } from "../src/duration.ts";
import { formatTime, toInstant, toLocal, zoneFlag } from "../src/local-time.ts";

const AT = Date.UTC(2026, 10, 24, 10, 0);

describe("a duration", () => {
  test("that is formatted is parsed again, to a tenth of its unit", () => {
    fc.assert(
      fc.property(fc.nat(1e10), (span) => {
        const read = parseDuration(formatDuration(span))!;
        expect(Math.abs(read - span)).toBeLessThanOrEqual(Math.max(span * 0.06, 1));
      }),
    );
  });

  test.each([
    ["500ms", 500],
    ["1.5h", 5_400_000],
    [" 2d ", 172_800_000],
    ["5", undefined],
    ["-5m", undefined],
    ["5 minutes", undefined],
    ["", undefined],
  ])("of '%s' is %s milliseconds", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    [0, "0s"],
    [59_999, "59s"],
    [3_600_000, "1h"],
    [200 * 3_600_000, "8d"],
    [-5, "0s"],
  ])("of %i ms ago is %s", (ms, age) => {
    expect(formatAge(ms)).toBe(age);
  });

  test("of no time is not the end of anything", () => {
    expect(formatUtc(Number.NaN)).toBe("NaN");
    expect(formatUtc(AT)).toBe("2026-11-24 10:00:00");
  });
});

describe("a zone", () => {
  test("turns local time into an instant, and back", () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
    fc.assert(
      fc.property(zone, fc.integer({ min: 0, max: 5e9 }), (name, seconds) => {
        const local = toLocal(seconds * 1000, name);
        const at = toInstant(local, name);
        expect(toLocal(at, name)).toBe(local);
        expect(at).toBeLessThanOrEqual(seconds * 1000);
      }),
    );
  });

  test("is named with its offset of that day", () => {
    expect(formatTime(AT, "Europe/Berlin")).toBe("Tue 24 Nov 2026 at 11:00 (Europe/Berlin, UTC+1)");
    expect(formatTime(AT, "UTC", true)).toBe("Tue 24 Nov 2026 at 10:00:00 (UTC)");
    expect(formatTime(AT, "+02:00")).toBe("Tue 24 Nov 2026 at 12:00 (UTC+2)");
  });

  test("that is none is refused by its flag", () => {
    const read = (() => ({ zone: "Mars/Olympus" })) as never;
    expect(() => zoneFlag(read)).toThrow("--zone: 'Mars/Olympus' is not a valid time zone");
  });
});
