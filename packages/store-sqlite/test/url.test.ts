import { codeOf } from "@micro-bot/core";
import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { pathOf } from "../src/url.ts";

test("a path is what follows the colon, relative or absolute", () => {
  expect(pathOf("sqlite:micro.db")).toBe("micro.db");
  expect(pathOf("sqlite:./state/micro bot.db")).toBe("./state/micro bot.db");
  expect(pathOf("sqlite:/var/lib/x.db")).toBe("/var/lib/x.db");
  expect(pathOf("sqlite:///var/lib/x.db")).toBe("/var/lib/x.db");
  expect(pathOf("SQLite:100%25.db"), "nothing is decoded").toBe("100%25.db");
});

test.each([
  ["sqlite:", "names no file"],
  ["sqlite", "does not begin with sqlite:"],
  ["postgres:x", "does not begin with sqlite:"],
  ["sqlite://micro.db", "names a host"],
  ["sqlite:///", "names a folder"],
  ["sqlite:state/", "names a folder"],
  ["sqlite::memory:", "--store=memory:"],
  ["sqlite:x.db?mode=ro", "has options"],
  ["sqlite:x\u0000.db", "control character"],
])("'%s' is refused: it %s", (url, why) => {
  expect(() => pathOf(url)).toThrow(why);
  expect(() => pathOf(url)).toThrow("--store");
});

test("any text gives its path or an error of code config", () => {
  assert(
    property(string({ unit: "binary" }), (text) => {
      try {
        const path = pathOf(`sqlite:${text}`);
        expect([path, `//${path}`]).toContain(text);
      } catch (error) {
        expect(codeOf(error)).toBe("config");
      }
    }),
  );
});

test("any plain name is taken letter for letter, with each way to write it", () => {
  assert(
    property(string({ unit: "grapheme", minLength: 1 }), (text) => {
      const name = text.replace(/[?#/\\\p{Cc}]/gu, "x");
      if (name === ":memory:") return;
      expect(pathOf(`sqlite:${name}`)).toBe(name);
      expect(pathOf(`sqlite:/${name}`)).toBe(`/${name}`);
      expect(pathOf(`sqlite:///${name}`)).toBe(`/${name}`);
    }),
  );
});
