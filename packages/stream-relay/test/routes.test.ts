import { codeOf, formatAddress, messageOf, parseAddress } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOf, routesOf } from "../src/routes.ts";

function shown(pairs: readonly string[]): string[] {
  return routesOf(pairs).map(({ from, to }) => `${formatAddress(from)} > ${formatAddress(to)}`);
}

function fault(...pairs: string[]): unknown {
  try {
    return shown(pairs);
  } catch (error) {
    expect(codeOf(error)).toBe("config");
    return messageOf(error);
  }
}

describe("the flag relay", () => {
  test("is pairs of rooms, both ways or one", () => {
    expect(shown(["slack:#ops <-> irc:#ops", "irc:#dev->email:dev@example.com"])).toEqual([
      "slack:#ops > irc:#ops",
      "irc:#ops > slack:#ops",
      "irc:#dev > email:dev@example.com",
    ]);
  });

  test("may join three rooms in a ring", () => {
    expect(shown(["a:x <-> b:y", "b:y <-> c:z", "c:z <-> a:x"])).toHaveLength(6);
  });

  test.each([
    ["slack:#ops irc:#ops", "there is no arrow: write slack:#ops <-> irc:#ops, or -> for one way"],
    ["slack:#ops => irc:#ops", "the arrow '=>' is neither <-> nor ->"],
    ["slack:#ops <- irc:#ops", "the arrow '<-' is neither <-> nor ->"],
    ["slack:#ops <--> irc:#ops", "the arrow '<-->' is neither <-> nor ->"],
    ["slack:#ops ↔ irc:#ops", "the arrow '↔' is neither <-> nor ->"],
    ["<-> irc:#ops", "there is no room before <->"],
    ["slack:#ops ->", "there is no room after ->"],
    ["slack:#ops -> irc", "address 'irc' cannot be read: it has no input: write input:room, as in irc:#ops"],
    [
      "Slack:#ops -> irc:#ops",
      "address 'Slack:#ops' cannot be read: the input 'Slack' is not a name in lower case",
    ],
    ["slack: -> irc:#ops", "'slack:' names no room: write input:room, as in irc:#ops"],
    ["irc:#ops?person=a -> irc:#dev", "'irc:#ops?person=a' names more than a room: write irc:#ops"],
    [
      "slack:#ops -> irc:#a -> irc:#b",
      "'irc:#a -> irc:#b' has an arrow in it: write each pair by itself, with a comma between",
    ],
    ["irc:#ops <-> irc:#Ops", "it is the same room on both sides"],
  ])("refuses '%s', naming it", (pair, why) => {
    expect(fault(pair)).toContain(`[stream-relay] relay: '${pair}': ${why}`);
  });

  test("refuses a pair that is given twice, also when one of them goes one way", () => {
    const why = "[stream-relay] relay: 'b:y -> a:x': it is there already: each pair of rooms is given once";
    expect(fault("a:x <-> b:y", "b:y -> a:x")).toBe(why);
  });

  const room = fc
    .tuple(fc.constantFrom("irc", "slack", "a-b_c"), fc.string({ minLength: 1, unit: "grapheme" }))
    .map(([input, room]) => ({ input, room }))
    // Arrows in a name are written %3C and %3E, or with another letter for the Unicode ones.
    .filter(({ room }) => room.trim() !== "" && !/[→←↔⇒⇐⇔]/u.test(room) && room.isWellFormed());

  function written(address: { input: string; room: string }): string {
    return formatAddress(address).replaceAll("<", "%3C").replaceAll(">", "%3E").replace(/-$/u, "%2D");
  }

  test("reads what was written, for any rooms", () => {
    fc.assert(
      fc.property(
        room,
        room,
        fc.constantFrom("->", "<->"),
        fc.constantFrom("", " "),
        (one, other, arrow, gap) => {
          const [from, to] = [written(one), written(other)];
          // A space at the end is nobody's, so that two rooms may be written the same.
          fc.pre(keyOf(parseAddress(from)) !== keyOf(parseAddress(to)));
          const pair = `${from} ${arrow}${gap}${to.replace(/^-/u, "%2D")}`;
          expect(routesOf([pair])[0]).toEqual({ from: parseAddress(from), to: parseAddress(to) });
        },
      ),
    );
  });

  test("ends in routes or in an error that names the word, for any text", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-z:#<>=→ -]{0,20}$/u));
    fc.assert(
      fc.property(text, (pair) => {
        const found = fault(pair);
        if (typeof found === "string") expect(found).toContain(`relay: '${pair}'`);
        else expect(Array.isArray(found)).toBe(true);
      }),
    );
  });
});
