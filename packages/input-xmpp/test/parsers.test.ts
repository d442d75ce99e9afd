import { clean } from "@micro-bot/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compose } from "../src/compose.ts";
import { DEEPEST, Gate, LONGEST_STANZA } from "../src/gate.ts";
import { bareJid, formatJid, parseJid } from "../src/jid.ts";
import { render, type Tag, tag } from "../src/tag.ts";
import { parse } from "./support.ts";

const anyText = fc.string({ unit: "binary", maxLength: 60 });
const STREAM = "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams'>";

describe("what is sent", () => {
  const element: fc.Arbitrary<Tag> = fc.letrec<{ tag: Tag }>((tie) => ({
    tag: fc
      .tuple(
        fc.constantFrom("a", "b", "message"),
        fc.dictionary(fc.constantFrom("x", "y"), anyText),
        fc.array(fc.oneof({ depthSize: "small" }, anyText, tie("tag")), { maxLength: 4 }),
      )
      .map(([name, attrs, children]) => tag(name, attrs, ...children)),
  })).tag;

  it("is one element that says the same, whatever is in it", () => {
    const same = (text: string) => clean(text).replace(/[\u007f-\u009f]/gu, "");
    const plain = ({ name, attrs, children }: Tag | ReturnType<typeof parse>): unknown => [
      name,
      Object.entries(attrs)
        .map(([key, value]) => `${key}=${same(value ?? "").replace(/[\n\t]/gu, " ")}`)
        .toSorted(),
      children
        .reduce<unknown[]>((all, child) => {
          const one = typeof child === "string" ? same(child) : plain(child);
          if (typeof one === "string" && typeof all.at(-1) === "string") all[all.length - 1] += one;
          else all.push(one);
          return all;
        }, [])
        .filter((one) => one !== ""),
    ];
    fc.assert(
      fc.property(element, (element) => {
        expect(plain(parse(render(element)))).toEqual(plain(element));
      }),
    );
  });

  it("passes the gate, in pieces of any size", () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (elements, size) => {
        const gate = new Gate();
        const text = STREAM + elements.map(render).join(" ");
        for (let at = 0; at < text.length; at += size)
          expect(gate.check(text.slice(at, at + size))).toBeUndefined();
      }),
    );
  });
});

describe("the gate", () => {
  const check = (...texts: string[]) => {
    const gate = new Gate();
    return [STREAM, ...texts].map((text) => gate.check(text)).find((fault) => fault !== undefined);
  };

  it("says the same however the text is cut", () => {
    const piece = fc.constantFrom(
      "<a>",
      "</a>",
      "<a b='>'/>",
      "<!",
      "[CDATA[",
      "]]>",
      "<?",
      "?>",
      "x",
      "'",
      "<",
      ">",
      "/",
      "-->",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        expect(check(...text)).toBe(check(text));
      }),
    );
  });

  it.each([
    ["<!DOCTYPE x>", /document type/u],
    ["<a><!-- x --></a>", /comment/u],
    ["<a><?x ?></a>", /processing instruction/u],
    ["<a>".repeat(DEEPEST), /inside each other/u],
    ["<a>".repeat(100), /inside each other/u],
    ["<>", /without a name/u],
  ])("%j may not pass", (text, fault) => {
    expect(check(text)).toMatch(fault);
  });

  it.each([
    "<a>".repeat(DEEPEST - 1),
    "<a><![CDATA[<!DOCTYPE x><b>]]></a>",
    "<a b='<!-- >'/>",
    "<a/>".repeat(1000),
    " ".repeat(400_000),
  ])("what may be passes (%#)", (text) => {
    expect(check(text)).toBeUndefined();
  });

  it("lets stanzas pass for ever, and none that is too long, in pieces or at once", () => {
    const stanza = `<a>${"x".repeat(100_000)}</a>`;
    expect(check(...Array.from({ length: 50 }, () => stanza))).toBeUndefined();
    expect(check(`<a>${"x".repeat(LONGEST_STANZA)}`)).toMatch(/more than/u);
    expect(check("<a>", ...Array.from({ length: 30 }, () => "x".repeat(10_000)))).toMatch(/more than/u);
  });
});

describe("addresses", () => {
  it("what is read is written the same, and never holds more than one address", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "B", "@", "/", ".", " ", "\n", "\u0000", "é", "<", "'", "\u200b"),
    });
    fc.assert(
      fc.property(fc.oneof(text, anyText), (text) => {
        const jid = parseJid(text);
        if (!jid) return;
        expect(parseJid(formatJid(jid))).toEqual(jid);
        expect(bareJid(jid)).toMatch(/^(?:[^@/\s]+@)?[^@/\s]+$/u);
        expect(formatJid(jid)).not.toMatch(/[\u0000-\u001f]/u);
      }),
    );
  });

  it.each([
    ["Alice@Example.ORG/Phone", "alice@example.org/Phone"],
    ["example.org", "example.org"],
    ["ops@conference.example.org/a/b@c d", "ops@conference.example.org/a/b@c d"],
  ])("%j is %j", (text, same) => {
    expect(formatJid(parseJid(text)!)).toBe(same);
  });

  it.each([
    "",
    "@",
    "a@",
    "@b",
    "a@b/",
    "a b@c",
    "a@b@c",
    "a'b@c",
    "a@b\n",
    "a\u200bb@c",
    `${"a".repeat(1024)}@b`,
    "\ud800@b",
  ])("%j is none", (text) => {
    expect(parseJid(text)).toBeUndefined();
  });
});

describe("what is said unasked", () => {
  it("begins in no room like an order to another bot, and is left as it is to a person", () => {
    expect(compose({ data: "!op mallory\n!op bob" }, "", "xmpp", true)).toEqual(["> !op mallory\n!op bob"]);
    expect(compose({ data: "!op mallory" }, "", "xmpp", false)).toEqual(["!op mallory"]);
    expect(compose({ data: "- a list" }, "", "xmpp", true)).toEqual(["- a list"]);
    expect(compose({ data: "waves", action: true }, "", "xmpp", true)).toEqual(["/me waves"]);
    expect(compose({ data: "!op bob", action: true }, "", "xmpp", true)).toEqual(["/me > !op bob"]);
  });
});
