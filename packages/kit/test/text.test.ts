import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  afterMention,
  clean,
  cutBefore,
  ellipsis,
  escapeCharacters,
  neutralizeBotCommands,
  oneLine,
} from "../src/text.ts";

const text = fc.string({ unit: "binary", maxLength: 200 });
const graphemes = (whole: string) =>
  [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(whole)].map(({ segment }) => segment);

describe("clean text", () => {
  test("holds no control characters and no halves of characters, and is clean already", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const cleaned = clean(raw);
        expect(cleaned).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
        expect(cleaned.isWellFormed()).toBe(true);
        expect(clean(cleaned)).toBe(cleaned);
      }),
    );
  });

  test("keeps what people write", () => {
    expect(clean("a\tb\r\nc\rd\u2028e 👩‍👩‍👧 é")).toBe("a\tb\nc\nd\ne 👩‍👩‍👧 é");
    expect(oneLine(" a \n\t b ")).toBe("a b");
  });
});

describe("a cut", () => {
  test("is never inside of a character as people see it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.nat(60), (whole, end) => {
        const at = cutBefore(whole, end);
        expect(graphemes(whole).join("")).toBe(whole);
        expect(graphemes(whole.slice(0, at))).toEqual(
          graphemes(whole).slice(0, graphemes(whole.slice(0, at)).length),
        );
        expect(at).toBeLessThanOrEqual(end);
      }),
    );
  });

  test("marks what is missing", () => {
    expect(ellipsis("abcdef", 6)).toBe("abcdef");
    expect(ellipsis("abcdefg", 6)).toBe("abcde…");
    expect(ellipsis("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 13)).toBe("👩‍👩‍👧‍👦…");
  });
});

test("characters are written out by their code", () => {
  expect(escapeCharacters("a\u202eb", /\u202e/gu)).toBe("a\\u{202e}b");
});

test.each([
  ["!op bob", "> !op bob"],
  ["  .die", ">   .die"],
  ["@bot restart", "> @bot restart"],
  ["a !op", "a !op"],
  ["... and so on", "... and so on"],
  ["- 5 items", "- 5 items"],
])("of '%s' other bots hear '%s'", (line, said) => {
  expect(neutralizeBotCommands(line)).toBe(said);
});

describe("a name that is spoken to", () => {
  const names = ["Micro Bot", "micro_", "micro", "m.cro", "m[cro", "^|"];

  test("stands before the words, however it is spelled", () => {
    const separator = fc.constantFrom(": ", ":", ", ", ",", " ", "  ");
    const words = fc
      .string({ unit: fc.constantFrom("a", "b", " ", ":", "é"), maxLength: 20 })
      .map((text) => text.trimStart());
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom("", "@"),
        separator,
        words,
        (name, at, gap, words) => {
          expect(afterMention(`${at}${name.toUpperCase()}${gap}${words}`, names)).toBe(words);
        },
      ),
    );
  });

  test("is no longer name", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{N}_.\-[\]\\`^{}|]+$/u), (tail) => {
        expect(afterMention(`micro${tail} ping`, ["micro"])).toBeUndefined();
      }),
    );
    expect(afterMention("abc: x", ["a.c"])).toBeUndefined();
    expect(afterMention("ping", [""])).toBeUndefined();
  });

  test("is compared by the network's own lower case", () => {
    const fold = (text: string) => text.toLowerCase().replaceAll("[", "{");
    expect(afterMention("M{CRO: x", ["m[cro"], fold)).toBe("x");
    expect(afterMention("M{CRO: x", ["m[cro"])).toBeUndefined();
  });
});
