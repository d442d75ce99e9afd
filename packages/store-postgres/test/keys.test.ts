import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { checkKey, endOf } from "../src/keys.ts";

const text = string({ unit: "binary" });
const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

test("a text begins with the prefix, or is outside of prefix and end", () => {
  const inside = (prefix: string, key: string) => {
    const end = endOf(prefix);
    return compare(key, prefix) >= 0 && (end === undefined || compare(key, end) < 0);
  };
  assert(property(text, text, (prefix, key) => inside(prefix, key) === key.startsWith(prefix)));
  assert(property(text, text, (prefix, rest) => inside(prefix, prefix + rest)));
});

test.each([
  ["a", "b"],
  ["", undefined],
  ["a\u{10ffff}", "b"],
  ["\u{10ffff}", undefined],
  ["\ud7ff", "\ue000"],
])("the end of %j is %j", (prefix, end) => expect(endOf(prefix)).toBe(end));

test.each(["a\0b", "\ud83d", "x".repeat(2001), "é".repeat(1001)])("the key %j is refused", (key) => {
  expect(() => checkKey(key)).toThrow(expect.objectContaining({ code: "invalid" }));
});

test("a key may have 2000 bytes", () => checkKey("é".repeat(1000)));
