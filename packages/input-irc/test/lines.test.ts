import { byteLength } from "@micro-bot/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf } from "../src/compose.ts";

const FAMILY = "👩‍👩‍👧‍👦";
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc
    .array(
      fc.constantFrom("a", " ", "é", "e\u0301", FAMILY, "🇩🇪", "\n", "\r", "\0", "\t", "word", "\ud800"),
      { maxLength: 300 },
    )
    .map((parts) => parts.join("")),
);
const bytes = fc.integer({ min: 4, max: 120 });
const solid = (string: string) => string.toWellFormed().replace(/[\s\p{Cc}\ufffe\uffff]/gu, "");

describe("a text in lines", () => {
  it("makes no line too long, keeps all that is not space, and lets nothing through that ends a line", () => {
    fc.assert(
      fc.property(text, bytes, (input, bytes) => {
        const lines = [...linesOf(input, bytes)];
        for (const line of lines) {
          expect(byteLength(line)).toBeLessThanOrEqual(bytes);
          expect(line).not.toMatch(/[\u0000-\u001f\u007f]/u);
          expect(line.trim()).not.toBe("");
          expect(line.isWellFormed()).toBe(true);
        }
        expect(solid(lines.join(""))).toBe(solid(input));
      }),
    );
  });

  it("keeps the indent of a line", () => {
    expect([...linesOf("a\n  b", 80)]).toEqual(["a", "  b"]);
  });

  it("cuts at spaces where it can", () => {
    expect([...linesOf("one two  three", 7)]).toEqual(["one two", "three"]);
    expect([...linesOf("one\ttwo\r\n\n\nthree", 80)]).toEqual(["one two", "three"]);
  });
});
