import type { Event } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { streamError } from "../src/explain.ts";
import { hear } from "../src/hear.ts";
import { parseJid } from "../src/jid.ts";
import { Room } from "../src/room.ts";
import type { Settings } from "../src/settings.ts";
import { readInvitation, readMessage, readOccupancy, stanzaError } from "../src/stanza.ts";
import { render, type Tag, tag } from "../src/tag.ts";
import { parse } from "./support.ts";

const ROOM = "ops@conference.localhost";
const ME = parseJid("micro@localhost/bot")!;
const ACCOUNTS = new Map([["boss", "boss@localhost"]]);

const room = new Room(ROOM, "micro");
const seen = { room: ROOM, codes: new Set<string>(), gone: false, next: undefined, why: undefined };
room.seen({ ...seen, nick: "micro", account: "micro@localhost" }, true);
room.seen({ ...seen, nick: "boss", account: ACCOUNTS.get("boss") }, false);
const rooms = {
  get: (jid: string) => (jid === ROOM ? room : undefined),
  account: (_: string, nick: string) => room.account(nick),
};

function heard(stanza: Tag, replayed = false): Event | undefined {
  const said = readMessage(parse(render(stanza)), "micro@localhost");
  return said && hear(said, { input: "xmpp", me: ME, rooms, names: ["micro"], replayed, key: "key" });
}

const nick = fc.oneof(
  fc.constantFrom("micro", "boss", "boss@localhost", "alice", "toString", "__proto__", ""),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const from = fc.oneof(
  nick.map((nick) => `${ROOM}/${nick}`),
  fc.constantFrom(
    ROOM,
    "alice@localhost/phone",
    "micro@localhost/other",
    "elsewhere@conference.localhost/boss",
    "localhost",
    "@",
  ),
);
const type = fc.constantFrom("groupchat", "chat", undefined, "error", "headline", "x");
const body = fc.oneof(
  fc.constantFrom("micro: ping", "@MICRO ping", "ping", "micropone", "/me micro: ping", "micro", " "),
  fc.string({ unit: "binary" }),
);
const extra = fc.constantFrom(
  tag("delay", { xmlns: "urn:xmpp:delay", from: "micro@localhost" }),
  tag("x", { xmlns: "jabber:x:delay" }),
  tag("forwarded", { xmlns: "urn:xmpp:forward:0" }),
  tag("replace", { xmlns: "urn:xmpp:message-correct:0", id: "x" }),
  tag("stanza-id", { xmlns: "urn:xmpp:sid:0", by: ROOM, id: "s" }),
  tag("stanza-id", { xmlns: "urn:xmpp:sid:0", by: "eve@localhost", id: "s" }),
  tag("body", {}, "second"),
  tag("error"),
);
const message = fc
  .tuple(from, type, body, fc.array(extra, { maxLength: 2 }))
  .map(([from, type, body, extras]) => tag("message", { from, type }, tag("body", {}, body), ...extras));

describe("a stanza as an event", () => {
  it("is believed of nobody that no server vouches for, and is never old or the bot's own", () => {
    fc.assert(
      fc.property(message, (stanza) => {
        const event = heard(stanza);
        if (!event) return;
        const { from = "", type } = stanza.attrs;
        const names = stanza.children.map((child) => (typeof child === "string" ? child : child.name));
        expect(names).not.toContain("delay");
        expect(names).not.toContain("forwarded");
        expect(["groupchat", "chat", undefined]).toContain(type);
        expect(from.startsWith("micro@localhost") || from === `${ROOM}/micro`).toBe(false);
        expect(event.data).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
        expect(event.data).not.toBe("");
        const inRoom = from.startsWith(`${ROOM}/`);
        const account = inRoom ? ACCOUNTS.get(from.slice(ROOM.length + 1)) : "alice@localhost";
        if (from.startsWith("elsewhere")) expect(event.from.person).toBe("elsewhere@conference.localhost");
        else
          expect([event.assurance, event.from.person]).toEqual(account ? [1, account] : [0, event.meta.nick]);
        if (type === "groupchat") expect(event.from.room).toBe(ROOM);
        expect(JSON.parse(JSON.stringify(event))).toEqual(event);
      }),
      { numRuns: 500 },
    );
  });

  it("is said to the bot in a room when it begins with its name", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ]{1,20}$/u), (text) => {
        fc.pre(!/^(?:micro\b|\s*$)/u.test(text.trim()));
        const say = (body: string) =>
          heard(tag("message", { from: `${ROOM}/boss`, type: "groupchat" }, tag("body", {}, body)));
        expect(say(text)).toMatchObject({ addressed: false, data: text.trim() });
        expect(say(`micro: ${text}`)).toMatchObject({ addressed: true, data: text.trim() });
      }),
    );
  });

  it("that the server gives again is heard, and what was old before is not", () => {
    const say = (from: string | undefined) =>
      heard(
        tag(
          "message",
          { from: `${ROOM}/boss`, type: "groupchat" },
          tag("body", {}, "x"),
          tag("delay", { xmlns: "urn:xmpp:delay", from }),
        ),
        true,
      );
    expect(say("micro@localhost")).toBeDefined();
    expect(say("localhost")).toBeDefined();
    expect(say(ROOM)).toBeUndefined();
    expect(say(undefined)).toBeUndefined();
  });
});

describe("other stanzas", () => {
  it("are read without harm, whatever they hold", () => {
    const text = fc.oneof(
      fc.constantFrom("110", "303", "a@b/c", "@"),
      fc.string({ unit: "binary", maxLength: 10 }),
    );
    const inner = fc.constantFrom("item", "status", "invite", "destroy", "error", "reason", "text", "x");
    const node = fc
      .tuple(inner, fc.dictionary(fc.constantFrom("jid", "nick", "code", "from", "xmlns"), text))
      .map(([name, attrs]) => tag(name, attrs));
    const stanza = fc
      .tuple(from, type, fc.array(node, { maxLength: 4 }))
      .map(([from, type, nodes]) =>
        tag(
          "presence",
          { from, type },
          tag("x", { xmlns: "http://jabber.org/protocol/muc#user" }, ...nodes),
          ...nodes,
        ),
      );
    fc.assert(
      fc.property(stanza, (stanza) => {
        const element = parse(render(stanza));
        const occupancy = readOccupancy(element);
        if (occupancy?.account) expect(occupancy.account).toMatch(/^[^@/\s]+@[^@/\s]+$/u);
        const invitation = readInvitation(element);
        if (invitation) expect(parseJid(invitation.room)).toBeDefined();
        expect(stanzaError(element).code).toBeTypeOf("string");
      }),
    );
  });

  it.each(["toString", "constructor", "__proto__", "hasOwnProperty"])(
    "that name their error %s, as every object has it, are errors of no known kind",
    (name) => {
      const error = tag("error", {}, tag(name, { xmlns: "urn:ietf:params:xml:ns:xmpp-stanzas" }));
      expect(stanzaError(parse(render(tag("iq", { type: "error" }, error))))).toEqual({
        code: "failed",
        condition: name,
        why: name,
      });
      const end = tag("stream:error", {}, tag(name, { xmlns: "urn:ietf:params:xml:ns:xmpp-streams" }));
      const settings = { flags: {}, account: ME, name: "xmpp" } as unknown as Settings;
      expect(streamError(parse(render(end)), settings).message).toBe(
        `[input-xmpp] the server ended the stream: ${name}`,
      );
    },
  );
});
