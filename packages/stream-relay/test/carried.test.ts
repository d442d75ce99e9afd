import { neutralizeBotCommands } from "@micro-bot/kit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { carried, linesIn, nameOf, quoteOf } from "../src/carried.ts";

const ALICE = { first: "[alice]", rest: "[alice]" };
/** What some network or bot takes as the end of a line. */
const NEWLINE = /[\n\v\f\r\u0085\u2028\u2029]/u;

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        ..."!./@,~$%&?-+=#;:|\\^*<>[]\n\r\t \u2028\u202e\u200b\u0000\ud800",
        ..."ab",
        "micro: deploy",
        "/kick",
        "@everyone",
        "<bob>",
        "[bob]",
        "(bot)",
        "x".repeat(200),
        "👩‍👩‍👧‍👦",
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join("")),
);

describe("carried text", () => {
  test("has its speaker before each line; empty lines are gone", () => {
    const label = { first: "[alice, to the bot]", rest: "[alice]" };
    expect(carried("one\r\n\n  two\n\t", label)).toBe("[alice, to the bot] one\n[alice]   two");
  });

  test("rings nobody", () => {
    expect(carried("@channel, @here! @everyone @all x@all @allison", ALICE)).toBe(
      "[alice] @ channel, @ here! @ everyone @ all x@ all @allison",
    );
  });

  test("is cut at words into lines that no network cuts again", () => {
    const lines = carried(`${"word ".repeat(100)}!op bad`, ALICE).split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^\[alice\] word (?:word ?)+(?:!op bad)?$/u);
  });

  test("is all of it, however long", () => {
    const lines = carried("x\n".repeat(500), ALICE).split("\n");
    expect(lines).toEqual(Array(500).fill("[alice] x"));
  });

  test("is nothing when nothing can be seen", () => {
    for (const text of ["", " \n\t", "\u200b\u202e", "\u0000"]) expect(carried(text, ALICE)).toBe("");
  });

  test("begins each line with its label and is a short line, whatever was said and whatever people call themselves", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (text, name, quote) => {
        const who = nameOf(name) || "somebody";
        const first = `[${who}, to the bot, on “${quoteOf(quote)}”]`;
        const said = carried(text, { first, rest: `[${who}]` });
        if (said === "") return;
        for (const line of said.split("\n")) {
          expect(line).toMatch(/^\[[^[\]]+\] .*\S/u);
          expect(neutralizeBotCommands(line)).toBe(line);
          expect(line).not.toMatch(NEWLINE);
          expect(line).not.toMatch(/[\u0000-\u0008\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/u);
          expect(line).not.toMatch(/@(?:channel|here|everyone|all)\b/iu);
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(310);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("loses no word", () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 400 }), (text) => {
        const words = carried(text, ALICE)
          .replaceAll(/^\[alice\] /gmu, "")
          .split(/\s+/u);
        expect(words).toEqual(text.split(/\s+/u));
      }),
    );
  });
});

describe("a name", () => {
  test.each([
    ["alice", "alice"],
    ["Ann  Example", "Ann Example"],
    ["bob> !op mallory\n[alice", "bob !op mallory alice"],
    ["\u202eecila\u200b", "ecila"],
    ["[bot] (bot)", "bot bot"],
    ["x".repeat(50), `${"x".repeat(32)}…`],
    ["字".repeat(50), `${"字".repeat(21)}…`],
    ["\u200b", ""],
  ])("%j is shown as %j", (name, shown) => {
    expect(nameOf(name)).toBe(shown);
  });
});

describe("the lines in a text", () => {
  test.each([
    ["[alice] hi", [["alice", "hi"]]],
    ["<micro> [alice, to the bot] hi", [["alice, to the bot", "hi"]]],
    ["[slack] <alice> hi", [["alice", "hi"]]],
    ["> <alice> hi", [["alice", "hi"]]],
    ["[micro] (bot, to alice) pong", [["bot, to alice", "pong"]]],
    [
      "[alice] one\n\ntwo",
      [
        ["alice", "one"],
        [undefined, "two"],
      ],
    ],
    ["@all [x] (y)", [[undefined, "@ all [x] (y)"]]],
    ["", []],
  ])("%j are %j", (text, lines) => {
    expect(linesIn(text).map(({ who, words }) => [who, words])).toEqual(lines);
  });

  test("are what was said and who said it, however often it was carried on", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 3 }), (text, times) => {
        const once = carried(text, ALICE);
        let said = once;
        for (let i = 1; i < times; i++) said = carried(said, { first: "[b, in a thread]", rest: "[b]" });
        fc.pre(once !== "" && Buffer.byteLength(text) < 200);
        const whose = (from: string) => linesIn(from).map(({ who, words }) => [who, words]);
        expect(whose(said)).toEqual(whose(once));
        for (const { who } of linesIn(said)) expect(who).toBeDefined();
      }),
    );
  });
});
