import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitText } from "../src/split.ts";
import { byteLength } from "../src/text.ts";

const words = fc
  .array(
    fc.oneof(
      fc.constantFrom("a", "bc", "def", "\n", "\n\n", " ", "é", "日本", "👩‍👩‍👧‍👦"),
      fc.string({ unit: "grapheme" }),
    ),
  )
  .map((parts) => parts.join(""));
const bare = (text: string) => text.replace(/\s+/gu, "");

describe("a text that is split", () => {
  test("fits, piece by piece, and nothing but white space is gone", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 4, max: 40 }), (text, limit) => {
        const inBytes = [...splitText(text, limit)];
        for (const piece of inBytes) expect(byteLength(piece)).toBeLessThanOrEqual(limit);
        expect(bare(inBytes.join(""))).toBe(bare(text));
        const inCharacters = [...splitText(text, limit, { unit: "characters" })];
        for (const piece of inCharacters) expect(piece.length).toBeLessThanOrEqual(limit);
        expect(bare(inCharacters.join(""))).toBe(bare(text));
        for (const piece of [...inBytes, ...inCharacters]) expect(piece.isWellFormed()).toBe(true);
      }),
    );
  });

  test("is cut at the best place there is", () => {
    expect([...splitText("one two\nthree\n\nfour", 16)]).toEqual(["one two\nthree", "four"]);
    expect([...splitText("one two three", 9)]).toEqual(["one two", "three"]);
    expect([...splitText("abcdefghij", 4)]).toEqual(["abcd", "efgh", "ij"]);
    expect([...splitText("one two   three", 8)]).toEqual(["one two", "three"]);
    expect([...splitText("one:\n\n\n  two", 8)]).toEqual(["one:", "  two"]);
    expect([...splitText("a\nb", 8, { gaps: [" "] })]).toEqual(["a\nb"]);
  });

  test("is not cut inside of a character as people see it, where one fits", () => {
    expect([...splitText("xx👍🏽yy", 8)]).toEqual(["xx", "👍🏽", "yy"]);
    expect([...splitText("aaaaaaaa\u{e0100}", 8)]).toEqual(["aaaaaaa", "a\u{e0100}"]);
    const flags = [...splitText("🇩🇪".repeat(60), 202, { unit: "characters" })];
    expect(flags).toEqual(["🇩🇪".repeat(50), "🇩🇪".repeat(10)]);
    expect([...splitText("👩‍👩‍👧‍👦", 8).map(byteLength)].every((bytes) => bytes <= 8)).toBe(true);
  });
});
