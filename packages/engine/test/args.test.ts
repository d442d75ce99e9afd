import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitArgs } from "../src/line/args.ts";

describe("arguments", () => {
  test.each<[string, string[]]>([
    ["ping", ["ping"]],
    ["echo a  b", ["echo", "a", "b"]],
    ['call s E.M {"name": "John Smith"}', ["call", "s", "E.M", '{"name": "John Smith"}']],
    ['call s E.M {"a": {"b": "} ] \\" x"}} next', ["call", "s", "E.M", '{"a": {"b": "} ] \\" x"}}', "next"]],
    ["set [1, 2] x", ["set", "[1, 2]", "x"]],
    ['say "two words" now', ["say", "two words", "now"]],
    ["say 'two words'", ["say", "two words"]],
    ["say “two words”", ["say", "two words"]],
    ["say ‘two words’", ["say", "two words"]],
    ['say "a \\"b\\" c"', ["say", 'a "b" c']],
    ['name="John Smith" x', ["name=John Smith", "x"]],
    ["it's John's", ["it's", "John's"]],
    ["'it's John's'", ["it's John's"]],
    ['say "open', ["say", '"open']],
    ['call s E {"open": 1', ["call", "s", "E", '{"open": 1']],
    ["list [all", ["list", "[all"]],
    ["call s E {“name”: “John Smith”}", ["call", "s", "E", "{“name”: “John Smith”}"]],
    ["a\u00a0b\tc\nd", ["a", "b", "c", "d"]],
    ['say ""', ["say", ""]],
    ["", []],
  ])("of %j", (text, args) => {
    expect(splitArgs(text)).toEqual(args);
  });

  test("lose nothing but spaces and quotes, whatever is typed", () => {
    const squeeze = (text: string) => text.replace(/[\s"'“”‘’\\]/gu, "");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(squeeze(splitArgs(text).join(""))).toBe(squeeze(text));
      }),
    );
  });

  test("keep any JSON object whole, wherever it stands", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const json = JSON.stringify(value);
        expect(splitArgs(`call s E ${json} end`)).toEqual(["call", "s", "E", json, "end"]);
      }),
    );
  });

  test("come back from quotes as they were", () => {
    const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (args) => {
        expect(splitArgs(args.map(quote).join(" "))).toEqual(args);
      }),
    );
  });

  test.each([
    "{",
    '"',
    "[",
    "[ ",
    "' ",
    '"a',
    "{}",
    "{} ",
    '=" ',
    '="',
    "='=",
    "“ ",
    '{" ',
    "it's ",
    "\\",
    "{ }x ",
  ])("of a hostile megabyte of %j are split", (unit) => {
    // Square time would be hours.
    expect(splitArgs(unit.repeat(1_000_000 / unit.length)).join("")).not.toBe("");
  });

  test("of brackets that close too late are split", () => {
    const n = 300_000;
    expect(splitArgs(`${"{ ".repeat(n)}${"}x".repeat(n)}`).length).toBeGreaterThan(1);
  });
});
