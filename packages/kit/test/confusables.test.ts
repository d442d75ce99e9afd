import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { confusable, escapeConfusables } from "../src/confusables.ts";

describe("confusable", () => {
  test.each([
    ["dеploy", "U+0435"],
    ["раура", "U+0440"],
    ["\u212Aill", "U+212A"],
    ["ｄeploy", "U+FF44"],
    ["𝐝eploy", "U+1D41D"],
    ["pro\u202Ed", "U+202E"],
    ["pro\u200Bd", "U+200B"],
    ["pro\u00ADd", "U+00AD"],
    ["prod\u2011db", "U+2011"],
    ["prod∕db", "U+2215"],
    ["node८", "U+096E"],
    ["Ωmega", "U+03A9"],
    ["ᎪᏢᎥ", "U+13AA"],
    ["payоut-api", "U+043E"],
    ["prod\u2800", "U+2800"],
    ["prod\u{1d159}", "U+1D159"],
    ["pro\u0008d", "U+0008"],
    ["pro\u009bd", "U+009B"],
    ["stɑging", "U+0251"],
    ["ǀive", "U+01C0"],
  ])("says why %j is suspicious", (word, code) => {
    expect(confusable(word)).toContain(code);
    expect(confusable(word)).not.toMatch(/[\u202e\u200b\u00ad]/u);
  });

  test.each([
    "deploy",
    "café",
    "cafe\u0301",
    "Ångström",
    "привет",
    "λόγος",
    "東京API",
    "한국",
    "שלום",
    "go.micro.srv.greeter",
    '{"a":1}',
    "--force",
    "Straße",
    "naïve",
    "İstanbul",
  ])("takes %j for what it is", (word) => {
    expect(confusable(word)).toBeUndefined();
  });

  test("shows what a word is made of, and leaves words of other languages as they are", () => {
    expect(escapeConfusables("dеploy привет ki\u200bll ｐrod")).toBe(
      "d\\u{435}ploy привет ki\\u{200b}ll \\u{ff50}rod",
    );
  });

  test("suspects no word of a keyboard", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (word) => {
        expect(confusable(word)).toBeUndefined();
        expect(escapeConfusables(word)).toBe(word);
      }),
    );
  });

  test("shows nothing that cannot be seen, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeConfusables(text)).not.toMatch(/[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u);
        expect(confusable(text) ?? "").not.toMatch(/[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u);
      }),
    );
  });
});
