import { BotError } from "@micro-bot/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Element } from "../src/element.ts";
import { Receipts } from "../src/receipts.ts";
import { Rooms } from "../src/rooms.ts";
import { StreamManagement } from "../src/stream-management.ts";
import type { Tag } from "../src/tag.ts";
import { inRoom, ROOM } from "./server.ts";
import { contextOf, parse } from "./support.ts";

describe("counting of stanzas", () => {
  it("tells the server of no stanza before all up to it are handled, over any number of lost connections", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom("event", "other", "lost"), at: fc.nat(5) }),
      fc.record({ kind: fc.constant("handled"), at: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const counter = new StreamManagement({ id: "s", active: true });
        // The server's side: all it has sent, and what of it is handled.
        const sent: { id: string; handled: boolean }[] = [];
        let given = 0;
        const give = (event: boolean) => {
          const stanza = sent[given++]!;
          expect(counter.arrived()).toBe(given);
          if (event && !stanza.handled) counter.hold(stanza.id);
          else stanza.handled = true;
        };
        for (const { kind, at } of steps) {
          if (kind === "event" || kind === "other") {
            sent.push({ id: `e${sent.length}`, handled: false });
            give(kind === "event");
          } else if (kind === "handled") {
            const waiting = sent.filter(({ handled }) => !handled)[at];
            if (!waiting) continue;
            waiting.handled = true;
            counter.handled(waiting.id);
          } else {
            const { h } = counter;
            counter.resume(0);
            given = h;
            while (given < sent.length) give(true);
          }
          const first = sent.findIndex(({ handled }) => !handled);
          expect(counter.h).toBe(first < 0 ? sent.length : first);
        }
      }),
    );
  });

  it("does not wait for ever", () => {
    const counter = new StreamManagement({ id: "s", active: true });
    for (let i = 0; i < 1000; i++) {
      counter.arrived();
      counter.hold(`e${i}`);
    }
    expect(counter.h).toBe(600);
  });
});

describe("receipts", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const resumed = (receipts: Receipts, h: number) => {
    receipts.lost();
    receipts.resumed(h);
  };
  const over = (receipts: Receipts, h?: number) => {
    receipts.lost();
    receipts.end(h);
  };
  const error = (code: BotError["code"], why: string) => new BotError(code, why);
  const outcome = (sending: Promise<void>) =>
    sending.then(
      () => "taken",
      (error) => error.code,
    );

  it.each([
    ["is taken when counted", (r: Receipts) => r.taken(1), "taken"],
    ["is not taken when only others are counted", (r: Receipts) => r.taken(0), "timeout"],
    ["is refused by its id", (r: Receipts) => void r.refused("id", error("denied", "no")), "denied"],
    ["is unknown when nobody says a word", () => {}, "timeout"],
    ["was taken, as the next connection tells", (r: Receipts) => resumed(r, 1), "taken"],
    ["was not, as the next connection tells", (r: Receipts) => resumed(r, 0), "not_connected"],
    ["was taken, as the server remembers of a session that is over", (r: Receipts) => over(r, 1), "taken"],
    ["is unknown when the session is over", (r: Receipts) => over(r), "timeout"],
  ])("a message %s", async (_, what, expected) => {
    const receipts = new Receipts({ timeout: 1000, error });
    const sending = outcome(receipts.wait({ id: "id", seq: 1, room: undefined, body: "x" }));
    what(receipts);
    vi.advanceTimersByTime(1000);
    expect(await sending).toBe(expected);
  });

  it("a message whose connection is lost waits for the next one as long as that takes", async () => {
    const receipts = new Receipts({ timeout: 1000, error });
    const sending = outcome(receipts.wait({ id: "id", seq: 1, room: undefined, body: "x" }));
    receipts.lost();
    vi.advanceTimersByTime(1_000_000);
    receipts.resumed(1);
    expect(await sending).toBe("taken");
  });

  it("a room's word is for one message, in its room", async () => {
    const receipts = new Receipts({ timeout: 1000, error });
    const [one, two, other] = ["a", "a", "b"].map((room, i) =>
      outcome(receipts.wait({ id: `${i}`, seq: i, room, body: "same" })),
    );
    receipts.shown("a", "other id", "same");
    receipts.taken(9);
    vi.advanceTimersByTime(1000);
    expect([await one, await two, await other]).toEqual(["taken", "timeout", "timeout"]);
  });
});

describe("rooms", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Rooms, what they send, and what they hear. */
  function stage(ping: () => Promise<Element> = () => Promise.reject(new Error("unasked"))) {
    const { log } = contextOf({});
    const rooms = new Rooms({ log, name: "xmpp", domain: "localhost", pause: 1000 });
    const sent: string[] = [];
    const send = (presence: Tag) => void sent.push(presence.attrs.to!);
    rooms.use({
      nick: "micro",
      chosen: [ROOM],
      believed: [],
      send,
      ping,
    });
    const hear = (text: string) => rooms.presence(parse(text));
    return { rooms, sent, hear, status: () => rooms.status().map(({ note }) => note) };
  }
  const joined = inRoom("micro", "<status code='110'/>");
  const out = (code: string) =>
    inRoom(
      "micro",
      `<item><reason>x</reason></item><status code='${code}'/><status code='110'/>`,
      "type='unavailable'",
    );
  const refusal = (condition: string, nick = "micro") =>
    `<presence from="${ROOM}/${nick}" type="error"><error><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`;

  it("after a kick the bot comes back once; a second within an hour is meant", async () => {
    const { rooms, sent, hear, status } = stage();
    void rooms.join();
    hear(joined);
    hear(out("307"));
    expect([sent.length, status()]).toEqual([1, ["kicked: x"]]);
    vi.advanceTimersByTime(1000);
    expect(sent.length).toBe(2);
    hear(joined);
    hear(out("307"));
    vi.advanceTimersByTime(100_000);
    rooms.check();
    expect(sent.length).toBe(2);
  });

  it.each(["301", "321", "322"])("after %s it stays out", (code) => {
    const { rooms, sent, hear } = stage();
    void rooms.join();
    hear(joined);
    hear(out(code));
    vi.advanceTimersByTime(100_000);
    rooms.check();
    void rooms.join();
    expect(sent.length).toBe(1);
  });

  it("a room that was shut down is tried again", () => {
    const { rooms, sent, hear } = stage();
    void rooms.join();
    hear(joined);
    hear(out("332"));
    vi.advanceTimersByTime(1000);
    hear(refusal("item-not-found"));
    rooms.check();
    expect(sent.length).toBe(3);
  });

  it("one that does not let the bot in is not asked again, and says why", async () => {
    const { rooms, sent, hear, status } = stage();
    const entered = rooms.join();
    hear(refusal("registration-required"));
    await entered;
    rooms.check();
    expect([sent.length, status()]).toEqual([1, ["registration-required"]]);
  });

  it("when all names near its own are taken it stays out, and tries again later", async () => {
    const { rooms, sent, hear, status } = stage();
    const entered = rooms.join();
    for (const nick of ["micro", "micro_", "micro__", "micro___"]) hear(refusal("conflict", nick));
    await entered;
    expect(sent.map((to) => to.split("/")[1])).toEqual(["micro", "micro_", "micro__", "micro___"]);
    expect(status()).toEqual(["the nick micro___ is taken"]);
    rooms.check();
    expect(sent.at(-1)).toBe(`${ROOM}/micro`);
  });

  it.each([
    ["not-acceptable", 2],
    ["service-unavailable", 1],
    ["item-not-found", 1],
    ["remote-server-timeout", 1],
  ])("one that answers a ping of the bot itself with %s is entered %i times", async (condition, times) => {
    const error = `<error><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`;
    const { promise, resolve } = Promise.withResolvers<Element>();
    const { rooms, sent, hear } = stage(() => promise);
    void rooms.join();
    hear(joined);
    rooms.check();
    resolve(parse(`<iq type="error">${error}</iq>`));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.length).toBe(times);
  });

  it("nobody's presence puts the bot into a room that it did not ask for", () => {
    const { rooms, hear } = stage();
    hear(joined.replaceAll(ROOM, "trap@conference.localhost"));
    expect(rooms.get("trap@conference.localhost")).toBeUndefined();
  });
});
