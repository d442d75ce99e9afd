import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteLength, split } from "../src/split.ts";

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
const solid = (string: string) => string.toWellFormed().replace(/[\s\u0000-\u001f\u007f]/gu, "");

describe("split", () => {
  it("makes no line too long, keeps all that is not space, and lets nothing through that ends a line", () => {
    fc.assert(
      fc.property(text, bytes, (input, bytes) => {
        const lines = [...split(input, bytes)];
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

  it("cuts between characters as people see them, while they fit a line", () => {
    const character = fc.constantFrom("a", "é", "e\u0301", FAMILY, "🇩🇪", "👍🏽", "각", "क्षि");
    fc.assert(
      fc.property(
        fc.array(character, { minLength: 1, maxLength: 100 }),
        fc.integer({ min: 25, max: 60 }),
        (characters, bytes) => {
          const input = characters.join("");
          const ends = new Set<number>();
          for (const { index } of new Intl.Segmenter("en").segment(input)) ends.add(index);
          let at = 0;
          for (const line of split(input, bytes)) {
            expect(ends.has(at)).toBe(true);
            at += line.length;
          }
          expect(at).toBe(input.length);
        },
      ),
    );
  });

  it("cuts at spaces where it can", () => {
    expect([...split("one two three", 8)]).toEqual(["one two", "three"]);
    expect([...split("one two  three", 7)]).toEqual(["one two", "three"]);
    expect([...split("abcdefghij", 4)]).toEqual(["abcd", "efgh", "ij"]);
  });

  it("sees that a character goes on right behind the cut", () => {
    expect([...split("aaaaaaaa\u{e0100}", 8)]).toEqual(["aaaaaaa", "a\u{e0100}"]);
  });

  it("keeps the indent of a line", () => {
    expect([...split("a\n  b", 80)]).toEqual(["a", "  b"]);
  });

  it("a character longer than a line is cut between its code points", () => {
    const lines = [...split(`a${"\u0301".repeat(50)}`, 9)];
    expect(lines.join("")).toBe(`a${"\u0301".repeat(50)}`);
  });
});
