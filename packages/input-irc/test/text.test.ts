import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alternatives } from "../src/register.ts";
import { isChannel, isNick, readText } from "../src/text.ts";

describe("readText", () => {
  it.each([
    ["plain", "plain"],
    [
      "\u0002bold\u0002 \u001ditalic\u001d \u001funder\u001f \u001estrike\u001e \u0011mono\u0011",
      "bold italic under strike mono",
    ],
    ["\u00034red\u0003 \u000304,12both\u0003 \u0003,x", "red both ,x"],
    ["\u0003123", "3"],
    ["\u0004ff0000red\u0004 \u000400FF00,0000ffboth", "red both"],
    ["\u0016rev\u000f", "rev"],
    ["  a\tb  ", "a\tb"],
  ])("%j is %j", (raw, text) => {
    expect(readText(raw)).toEqual({ text, action: false });
  });

  it("knows /me, with an end and without, and refuses every other CTCP", () => {
    expect(readText("\u0001ACTION waves\u0001")).toEqual({ text: "waves", action: true });
    expect(readText("\u0001ACTION waves")).toEqual({ text: "waves", action: true });
    expect(readText("\u0001ACTION\u0001")).toEqual({ text: "", action: true });
    expect(readText("\u0001VERSION\u0001")).toBeUndefined();
    expect(readText("\u0001ACTIONS x\u0001")).toBeUndefined();
    expect(readText("\u0001")).toBeUndefined();
  });

  it("leaves no control character but tabs, and all other text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (raw) => {
        expect(readText(raw)?.text ?? "").not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/u);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (raw) => {
        expect(readText(raw)?.text).toBe(raw.trim());
      }),
    );
  });
});

describe("targets", () => {
  it("a nick or channel holds nothing that a server reads as more than one word", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            "#",
            "&",
            "a",
            "@",
            " ",
            ",",
            ":",
            "\r",
            "\n",
            "\0",
            "\t",
            "$",
            "*",
            "!",
            "é",
          ),
        }),
        (text) => {
          if (isNick(text) || isChannel(text)) expect(text).not.toMatch(/[\s,\0]|^[:$*]/u);
          expect(isNick(text) && isChannel(text)).toBe(false);
        },
      ),
    );
  });

  it.each(["alice", "a", "[x]^`|{}", "micro-bot_2", "ünï"])("%j is a nick", (nick) => {
    expect(isNick(nick)).toBe(true);
  });

  it.each(["#ops", "&local", "#a:b", "@#ops", "##c++", "#ünï"])("%j is a channel", (channel) => {
    expect(isChannel(channel)).toBe(true);
  });
});

describe("alternatives", () => {
  it("are all different nicks, none of them the one that was taken", () => {
    for (const nick of ["micro", "m", "micro5"]) {
      const others = alternatives(nick);
      expect(new Set([nick, ...others]).size).toBe(others.length + 1);
      for (const other of others) expect(isNick(other)).toBe(true);
    }
  });
});
