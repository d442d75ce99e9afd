import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { elements, indentJson, members, writeJson } from "../src/json.ts";

const spaced = fc
  .tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t", " \n"))
  .map(([value, indent]) => JSON.stringify(value, null, indent));

describe("JSON text", () => {
  test("the members of an object are its values' texts", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (object, indent) => {
        const found = members(JSON.stringify(object, null, indent));
        const read = [...found].map(([key, text]) => [key, JSON.parse(text)]);
        expect(Object.fromEntries(read)).toEqual(JSON.parse(JSON.stringify(object)));
        expect(found.size).toBe(Object.keys(object).length);
      }),
    );
  });

  test("the elements of an array are its values' texts", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (array, indent) => {
        const found = elements(JSON.stringify(array, null, indent));
        expect(found.map((text) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(array)));
      }),
    );
  });

  test("laying it out changes nothing but the spaces, and twice is once", () => {
    fc.assert(
      fc.property(spaced, (text) => {
        const laid = indentJson(text);
        expect(JSON.parse(laid)).toEqual(JSON.parse(text));
        expect(indentJson(laid)).toBe(laid);
      }),
    );
  });

  test("it is laid out as JSON.stringify does, down to 60 levels", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(indentJson(JSON.stringify(value), "  ")).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  test("order of keys and digits of numbers are kept", () => {
    expect(indentJson('{"b":1.50,"2":18446744073709551615,"1":[]}')).toBe(
      '{\n\t"b": 1.50,\n\t"2": 18446744073709551615,\n\t"1": []\n}',
    );
    expect(members('{"n":18446744073709551615}').get("n")).toBe("18446744073709551615");
  });

  test("a line of brackets does not become a page of spaces", () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    expect(indentJson(deep).length).toBeLessThan(deep.length * 70);
  });

  test("any text at all is read to its end", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1a\n') }), (text) => {
        indentJson(text);
        elements(text);
      }),
    );
  });

  test("a bigint is written with all its digits", () => {
    expect(writeJson({ n: 18446744073709551615n })).toBe('{"n":18446744073709551615}');
  });

  test("what JSON cannot hold is refused by its kind", () => {
    expect(() => writeJson(undefined)).toThrow(/undefined cannot be written/);
  });
});
