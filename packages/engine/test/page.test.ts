import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pageOf, withNote } from "../src/out/page.ts";

/** A network of so many lines, each of so many characters. */
const network = (lines: number, width: number) => (text: string) =>
  text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / width)), 0) <= lines;

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 3000 }),
  fc.string({
    unit: fc.constantFrom("a", "word ", "é", "👩‍👩‍👧‍👦", "\n", "\n\n", "  ", "日本"),
    maxLength: 800,
  }),
);
const lines = fc.integer({ min: 3, max: 40 });
const width = fc.integer({ min: 60, max: 500 });

/** Says it to its end. */
function pagesOf(all: string, fits: (text: string) => boolean) {
  const pages = [];
  for (let left = all; ; ) {
    const page = pageOf(left, fits);
    pages.push(page);
    if (page.rest === "") return pages;
    expect(page.rest.length).toBeLessThan(left.length);
    left = page.rest;
  }
}

describe("a text in pages", () => {
  test("is all there, in order, and each page fits with its note, whatever the text and the limit", () => {
    fc.assert(
      fc.property(text, lines, width, (all, lines, width) => {
        const fits = network(lines, width);
        const pages = pagesOf(all, fits);
        expect(pages.map(({ page }) => page).join("")).toBe(all);
        for (const page of pages.slice(0, -1)) {
          expect(fits(withNote(page))).toBe(true);
          expect(withNote(page)).toMatch(/\n… \d+ more (lines|characters?): say 'more' for the rest$/u);
        }
        expect(withNote(pages.at(-1)!)).toBe(pages.at(-1)!.page);
      }),
    );
  });

  test("is cut at line ends, else between words, else between characters as people see them", () => {
    const listed = Array.from({ length: 50 }, (_, i) => `service.${i}`).join("\n");
    for (const { page, rest } of pagesOf(listed, network(10, 80))) if (rest) expect(page).toMatch(/\d\n$/u);
    for (const { page, rest } of pagesOf("word ".repeat(500), network(3, 100)))
      if (rest) expect(page).toMatch(/word $/u);
    const family = "👩‍👩‍👧‍👦";
    for (const { page } of pagesOf(family.repeat(200), network(3, 100)))
      expect(page.replaceAll(family, "")).toBe("");
  });

  test("shows a last line instead of a note about it", () => {
    const fits = network(3, 80);
    expect(pageOf("a\nb\nc", fits)).toEqual({ page: "a\nb\nc", rest: "" });
    expect(pageOf("a\nb\nc\nd", fits)).toEqual({ page: "a\nb\n", rest: "c\nd" });
  });

  test("is one page where nothing fits: sending it says why", () => {
    expect(pageOf("a\nb", () => false)).toEqual({ page: "a\nb", rest: "" });
  });
});
