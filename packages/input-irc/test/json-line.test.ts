import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onOneLine } from "../src/json-line.ts";

describe("JSON on one line", () => {
  it("is the same value, and one line, whatever was laid out", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.jsonValue(), { minLength: 1 }),
          fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        ),
        (value) => {
          const line = onOneLine(JSON.stringify(value, null, "\t"));
          expect(line).not.toContain("\n");
          expect(JSON.parse(line!)).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });

  it("keeps numbers, order and names given twice", () => {
    expect(onOneLine('{\n "b": 9223372036854775807,\n "a": "x:  y,z",\n "a": [1.50,\n2]\n}')).toBe(
      '{"b": 9223372036854775807, "a": "x:  y,z", "a": [1.50, 2]}',
    );
  });

  it("is made of nothing else", () => {
    for (const text of ["{\n", "a\nb", '"a"', "[1]", "[not\njson]", "1\n2"])
      expect(onOneLine(text)).toBeUndefined();
  });
});
