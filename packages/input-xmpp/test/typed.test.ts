import type { Event } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hear } from "../src/hear.ts";
import { parseJid } from "../src/jid.ts";
import { Room } from "../src/room.ts";
import { readMessage } from "../src/stanza.ts";
import { parse } from "./support.ts";

const ROOM = "ops@conference.localhost";
const room = new Room(ROOM, "micro");
const seen = { room: ROOM, codes: new Set<string>(), gone: false, next: undefined, why: undefined };
room.seen({ ...seen, nick: "micro", account: "micro@localhost" }, true);
const rooms = { get: (jid: string) => (jid === ROOM ? room : undefined), account: () => undefined };

/** What is heard of a message of Alice's, `inside` being all that it holds. */
function heard(inside: string, type: "chat" | "groupchat" = "chat") {
  const from = type === "chat" ? "alice@localhost/phone" : `${ROOM}/alice`;
  const said = readMessage(
    parse(`<message from="${from}" type="${type}">${inside}</message>`),
    "micro@localhost",
  );
  const me = parseJid("micro@localhost/bot")!;
  const event: Event | undefined =
    said && hear(said, { input: "xmpp", me, rooms, names: [], replayed: false, key: "k" });
  return { said, event };
}

const REPLY = "<reply xmlns='urn:xmpp:reply:0' to='micro@localhost' id='1'/>";
const fallback = (inside = "", of = "urn:xmpp:reply:0", xmlns = "urn:xmpp:fallback:0") =>
  `<fallback xmlns='${xmlns}' for='${of}'>${inside}</fallback>`;

describe("what a person typed", () => {
  it.each([
    ["a reply", "&gt; Whom?\nBob", `${REPLY}${fallback("<body start='0' end='8'/>")}`, "Bob"],
    [
      "a reply by the older name of its mark",
      "&gt; Whom?\nBob",
      `${REPLY}${fallback("<body start='0' end='8'/>", "urn:xmpp:reply:0", "urn:xmpp:feature-fallback:0")}`,
      "Bob",
    ],
    [
      "a reply to emoji, which are one character each",
      "&gt; 👋🏽 Whom?\nBob",
      `${REPLY}${fallback("<body start='0' end='11'/>")}`,
      "Bob",
    ],
    ["a reply with no mark at all", "&gt; Whom?\nBob", REPLY, "Bob"],
    ["a quote that was typed", "&gt; Whom?\n&gt;\n&gt; again\n\nBob", "", "Bob"],
    [
      "a reply whose quote is longer than it",
      "&gt; a\nb",
      fallback("<body start='0' end='4'/><body start='0' end='2'/>"),
      "b",
    ],
    ["what has a mark in its middle", "ping XXX pong", fallback("<body start='5' end='9'/>"), "ping pong"],
    ["what only a subject is marked of", "ping", fallback("<subject/>"), "ping"],
    ["a face", "&gt;:( ping", "", ">:( ping"],
    ["nothing but a quote", "&gt; ping", "", "> ping"],
  ])("is read of %s", (_, body, more, data) => {
    expect(heard(`<body>${body}</body>${more}`).event).toMatchObject({ data, addressed: true });
  });

  it("is the rest, whatever is quoted and however long", () => {
    const words = fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).map((text) =>
      text
        .toWellFormed()
        .replace(/[\p{Cc}<>&\ufffe\uffff]/gu, "")
        .trim(),
    );
    fc.assert(
      fc.property(words, words, (quote, text) => {
        fc.pre(text !== "" && !text.startsWith("/me"));
        const before = `&gt; ${quote}\n`;
        const end = Array.from(quote).length + 3;
        const more = fallback(`<body start='0' end='${end}'/>`);
        expect(heard(`<body>${before}${text}</body>${more}`).event?.data).toBe(text);
      }),
    );
  });

  it("begins with the bot's name behind the quote, too", () => {
    const mark = fallback("<body start='0' end='6'/>");
    for (const more of ["", `${REPLY}${mark}`])
      expect(heard(`<body>&gt; abc\nmicro: ping</body>${more}`, "groupchat").event).toMatchObject({
        addressed: true,
        data: "ping",
      });
  });

  it.each([
    ["a reaction", "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>👍</reaction></reactions>"],
    ["a retraction", "<retract xmlns='urn:xmpp:message-retract:1' id='1'/>"],
    [
      "a retraction as it was before",
      "<apply-to xmlns='urn:xmpp:fasten:0' id='1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>",
    ],
    ["what is attached to another message", "<attach-to xmlns='urn:xmpp:message-attaching:1' id='1'/>"],
    ["what is there for old clients", "<fallback xmlns='urn:xmpp:fallback:0'/>"],
    ["what is there for old clients, by its body", fallback("<body/>", "urn:xmpp:call-invites:0")],
    ["a mark that cannot be read", fallback("<body start='-1' end='x'/>")],
    ["a mark that ends before it begins", fallback("<body start='3' end='1'/>")],
    [
      "keys without a text",
      "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>",
    ],
  ])("is nothing in %s", (_, more) => {
    expect(heard(`<body>ping</body>${more}`).event).toBeUndefined();
  });

  it.each([
    ["a correction", "<body>ping</body><replace xmlns='urn:xmpp:message-correct:0' id='earlier'/>", "ping"],
    ["what somebody does", "<body>/me ping</body>", "ping"],
    [
      "a file's address",
      "<body>https://x.example/ping</body><x xmlns='jabber:x:oob'><url>https://x.example/ping</url></x>",
      "https://x.example/ping",
    ],
    [
      "a file's address, marked",
      `<body>https://x.example/ping</body><file-sharing xmlns='urn:xmpp:sfs:0'/>${fallback("<body/>", "urn:xmpp:sfs:0")}`,
      "https://x.example/ping",
    ],
  ])("is heard and no command in %s", (_, inside, data) => {
    expect(heard(inside).event).toMatchObject({ addressed: false, data });
  });

  it("is what somebody does, and said so, in /me", () => {
    expect(heard("<body>/me waves</body>").event).toMatchObject({ data: "waves", action: true });
    expect(heard("<body>/meow</body>").event?.action).toBeUndefined();
  });

  it.each([
    [
      "<x xmlns='jabber:x:oob'><url>https://x.example/u/a%20graph.png?k=1</url></x>",
      "https://x.example/u/a%20graph.png?k=1",
      ["a graph.png"],
    ],
    ["<x xmlns='jabber:x:oob'><url>https://x.example/%zz.png</url></x>", "look", ["%zz.png"]],
    ["<x xmlns='jabber:x:oob'><url>no address</url></x>", "look", undefined],
    ["<x xmlns='jabber:x:oob'/>", "look", undefined],
    [
      "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>log.txt</name></file></file-sharing>" +
        "<x xmlns='jabber:x:oob'><url>https://x.example/a8f3</url></x>",
      "https://x.example/a8f3",
      ["log.txt"],
    ],
    ["", "look", undefined],
  ])("names the files that come with it: %s", (more, body, files) => {
    expect(heard(`<body>${body}</body>${more}`).event?.names?.files).toEqual(files);
  });

  it("is a command beside an address that is not all of it", () => {
    const oob = "<x xmlns='jabber:x:oob'><url>https://x.example/</url></x>";
    expect(heard(`<body>ping https://x.example/</body>${oob}`).event).toMatchObject({ addressed: true });
  });

  it("names what it corrects, so that it is no answer to a question that came since", () => {
    const correction = "<body>Bob</body><replace xmlns='urn:xmpp:message-correct:0' id='earlier'/>";
    expect(heard(correction).event?.edit).toBe("earlier");
    expect(heard("<body>Bob</body>").event).not.toHaveProperty("edit");
  });

  it.each([
    ["OMEMO", "<encrypted xmlns='eu.siacs.conversations.axolotl'><header/><payload>x</payload></encrypted>"],
    ["OMEMO 2", "<encrypted xmlns='urn:xmpp:omemo:2'><header/><payload>x</payload></encrypted>"],
    [
      "anything that says so",
      "<body>You received a message encrypted with X</body><encryption xmlns='urn:xmpp:eme:0' namespace='x'/>",
    ],
    ["OpenPGP", "<body>encrypted</body><openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp>"],
    ["OpenPGP as it was", "<body>encrypted</body><x xmlns='jabber:x:encrypted'>x</x>"],
    ["OTR", "<body>?OTR:AAMC</body>"],
  ])("is known to be encrypted by %s", (_, inside) => {
    expect(heard(inside).said?.encrypted).toBe(true);
  });
});
