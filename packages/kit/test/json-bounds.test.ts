import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonExcess } from "../src/json-bounds.ts";

/** Depth and values, counted on the parsed value. */
function measure(value: unknown): { depth: number; values: number } {
  if (typeof value !== "object" || value === null) return { depth: 0, values: 1 };
  const parts = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)),
    values: parts.reduce((sum, { values }) => sum + values, 1),
  };
}

describe("what a JSON text holds", () => {
  test("is within bounds of its own size, and out of those of one level or value less", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const { depth, values } = measure(JSON.parse(text));
        expect(jsonExcess(text, { depth, values })).toBeUndefined();
        if (depth > 0)
          expect(jsonExcess(text, { depth: depth - 1, values })).toBe(
            `is nested deeper than ${depth - 1} levels`,
          );
        if (values > 1)
          expect(jsonExcess(text, { depth, values: values - 1 })).toBe(
            `holds more than ${values - 1} values`,
          );
      }),
    );
  });

  test.each([
    ["[1,2,3]", 4],
    ['{"a":1,"b":[]}', 3],
    ["[[],[ ],[]]", 4],
    ['["a,b","[{\\"]"]', 3],
    ["[".repeat(3), 3],
  ])("%s counts as %i values", (text, values) => {
    expect(jsonExcess(text, { depth: 9, values })).toBeUndefined();
    expect(jsonExcess(text, { depth: 9, values: values - 1 })).toBe(`holds more than ${values - 1} values`);
  });

  test("is looked at in any text at all, to its end", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1a\n') }), (text) => {
        expect(jsonExcess(text, { depth: 99, values: 99 })).toBeUndefined();
      }),
      { examples: [['"\\'], ['"'], ["]]]]"]] },
    );
  });
});
