import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
/** What a test may take at least, so that only what hangs is stopped, in milliseconds. */
const LEAST_MS = 30_000;
/** An upper bound for a time that was measured. */
const MEASURED =
  /expect\([^\n]*(?:performance\.now\(\)|Date\.now\(\) -|hrtime|\b(?:ms|elapsed|took)\b)[^\n]*\)\.toBeLess/u;
/** A limit of a test, a hook or a poll. */
const LIMITS = [
  /^\s*\}, ([\d_]{4,})\);$/gmu,
  /\.poll\([^\n]*timeout: ([\d_]+)/gu,
  /\b(?:test|it|describe)(?:\.\w+)*\([^\n]*timeout: ([\d_]+)/gu,
  /^(?:export )?const (?:WAIT|PATIENCE) = (?:\{ timeout: )?([\d_]+)/gmu,
];

describe("times in tests", () => {
  test("are asked for by none: they are for the soak, as a machine may be busy", () => {
    const files = globSync("{packages,apps,examples,test}/**/*.ts", {
      cwd: root,
      exclude: ["**/node_modules/**", "**/dist/**", "**/src/**", "test/clocks.test.ts"],
    });
    expect(files.length).toBeGreaterThan(150);
    expect(
      files.flatMap((file) =>
        clocksIn(readFileSync(join(root, file), "utf8")).map((line) => `${file}: ${line}`),
      ),
    ).toEqual([]);
  });

  test("that are asked for are found", () => {
    for (const line of [
      "expect(performance.now() - began).toBeLessThan(1000);",
      "expect(Date.now() - began).toBeLessThanOrEqual(3_000);",
      "expect(ms).toBeLessThan(10_000);",
      "  }, 15_000);",
      "await expect.poll(() => starts, { timeout: 5000 }).toBe(2);",
      'describe("x", { timeout: 9000 }, () => {',
      "const WAIT = { timeout: 8000 };",
    ])
      expect(clocksIn(line), line).toHaveLength(1);
    for (const line of [
      "expect(lines.length).toBeLessThan(20);",
      "  }, 60_000);",
      "call(name, {}, { timeout: 200 });",
    ])
      expect(clocksIn(line), line).toEqual([]);
  });
});

function clocksIn(source: string): string[] {
  const short = LIMITS.flatMap((limit) =>
    [...source.matchAll(limit)]
      .filter(([, ms]) => Number(ms!.replaceAll("_", "")) < LEAST_MS)
      .map(([line]) => line.trim()),
  );
  return [...source.split("\n").filter((line) => MEASURED.test(line)), ...short];
}
