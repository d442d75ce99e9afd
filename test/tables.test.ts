import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

// `{}["toString"]` is a function: a plain object that may lack a name is asked by Object.hasOwn, or is a Map. Reads that
// end in `!` are of names that a pattern has let through.
const root = join(import.meta.dirname, "..");
const TABLE = /(?:const |readonly )(#?\w+): (?:Readonly<|Partial<)*Record<string,(?:[^=;]|=>)*= \{(?!\})/gu;

describe("tables of names", () => {
  test("are asked for names from outside without their prototype's", () => {
    const files = globSync("{packages,apps,examples,test,benchmarks}/**/*.ts", {
      cwd: root,
      exclude: ["**/node_modules/**", "**/dist/**", "test/tables.test.ts"],
    });
    expect(files.length).toBeGreaterThan(300);
    expect(
      files.flatMap((file) =>
        unsafe(readFileSync(join(root, file), "utf8")).map((read) => `${file}: ${read}`),
      ),
    ).toEqual([]);
  });

  test("that are asked unsafely are found", () => {
    const table = "const CODES: Readonly<Record<string, number>> = {\n  a: 1,\n};\n";
    for (const read of ["CODES[name]", "CODES[of(names[0])] ?? 0", "if (CODES[name]) x()", "CODES[name]?.()"])
      expect(unsafe(table + read), read).toHaveLength(1);
    for (const read of [
      'CODES["a"]',
      "CODES[name]!",
      "Object.hasOwn(CODES, name) ? CODES[name] : 0",
      "CODES.a",
    ])
      expect(unsafe(table + read), read).toEqual([]);
    expect(
      unsafe("readonly #on: Readonly<Record<string, () => void>> = {\n};\nthis.#on[name]?.()"),
    ).toHaveLength(1);
  });
});

/** Reads of a file's tables that take what every object has for what the table has. */
function unsafe(source: string): string[] {
  const tables = [...source.matchAll(TABLE)].map(([, name]) => name!);
  return tables.flatMap((name) => {
    const read = new RegExp(`(?<![\\w#])${name}\\[(?!["'\\d])`, "gu");
    return [...source.matchAll(read)].flatMap((found) => {
      const line = lineAt(source, found.index);
      const isSafe =
        source[endOf(source, found.index + found[0].length)] === "!" ||
        line.includes(`Object.hasOwn(${name},`);
      return isSafe ? [] : [line.trim()];
    });
  });
}

/** Where the text goes on behind the bracket that is open there. */
function endOf(source: string, from: number): number {
  let depth = 1;
  let at = from;
  for (; depth > 0 && at < source.length; at++) depth += source[at] === "[" ? 1 : source[at] === "]" ? -1 : 0;
  return at;
}

function lineAt(source: string, at: number): string {
  return source.slice(
    source.lastIndexOf("\n", at) + 1,
    (source.indexOf("\n", at) + 1 || source.length + 1) - 1,
  );
}
