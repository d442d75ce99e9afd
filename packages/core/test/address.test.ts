import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress, sameAddress } from "../src/index.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/);
const text = fc.string({ unit: "grapheme", maxLength: 40 });
const address = fc.record(
  { input: name, room: text, person: text, thread: text },
  { requiredKeys: ["input", "room"] },
);

describe("an address", () => {
  test("reads as people write it", () => {
    expect(parseAddress("irc:#ops")).toEqual({ input: "irc", room: "#ops" });
    expect(parseAddress("email:ops@example.com")).toEqual({ input: "email", room: "ops@example.com" });
    expect(parseAddress("slack:C024BE91L?person=U061F7AUR&thread=1482960137.003543")).toEqual({
      input: "slack",
      room: "C024BE91L",
      person: "U061F7AUR",
      thread: "1482960137.003543",
    });
  });

  test("is written readably: only what would be misread is escaped", () => {
    expect(formatAddress({ input: "irc", room: "#ops", person: "alice" })).toBe("irc:#ops?person=alice");
    expect(formatAddress({ input: "xmpp", room: "a?b%c d" })).toBe("xmpp:a%3Fb%25c%20d");
  });

  test("is the same after being written and read, whatever it holds", () => {
    fc.assert(
      fc.property(address, (a) => {
        expect(sameAddress(parseAddress(formatAddress(a)), a)).toBe(true);
      }),
    );
  });

  test("is one line without control characters as text", () => {
    fc.assert(
      fc.property(address, (a) => {
        expect(formatAddress(a)).not.toMatch(/[\u0000-\u0020\u007f]/);
      }),
    );
  });

  test.each([
    ["#ops", "it has no input"],
    ["IRC:#ops", "'IRC' is not a name"],
    ["irc:#ops?nick=a", "'nick=a' is neither"],
    ["irc:#ops?person=a&person=b", "person is given twice"],
    ["irc:100%", "a % stands alone"],
  ])("that cannot be read says why: %s", (bad, why) => {
    expect(() => parseAddress(bad)).toThrow(
      expect.objectContaining({ code: "invalid", message: expect.stringContaining(why) }),
    );
  });

  test("never throws anything but 'invalid', whatever is typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (typed) => {
        try {
          parseAddress(typed);
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid" });
        }
      }),
    );
  });
});
