import { BotError, type Event, memoryStore } from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { MARK, running } from "./support.ts";

const PAIR = `slack:#ops <-> irc:#ops,${MARK}`;
const RING = `slack:#ops <-> irc:#ops,irc:#ops <-> xmpp:ops@muc.test,xmpp:ops@muc.test <-> slack:#ops,${MARK}`;

/** As Slack has it: rooms and people by id, names beside them. */
function onSlack(data: string, more: Partial<Event> & { thread?: string; message?: string } = {}) {
  const { message, ...rest } = more;
  const names = { person: "alice", room: "#ops", ...(message !== undefined && { message }) };
  return { input: "slack", room: "C1", person: "U1", data, names, ...rest };
}

function onIrc(data: string, person = "bob") {
  return { input: "irc", room: "#ops", person, data, names: { person } };
}

function texts(events: readonly Event[]): string[] {
  return events.map(({ to, data }) => `${to.input}:${to.room} ${data}`);
}

describe("a relay", () => {
  test("says in one room what people say in the other, with who it was", async () => {
    const relay = running({ relay: PAIR });
    relay.hear(onSlack("it is down"));
    relay.hear(onIrc("looking"));
    expect(texts(await relay.rest())).toEqual(["irc:#ops [alice] it is down", "slack:#ops [bob] looking"]);
  });

  test("claims nothing for a speaker, and leaves their own address in the event", async () => {
    const relay = running({ relay: PAIR });
    relay.hear(onSlack("it is down", { assurance: 2 }));
    const event = await relay.next();
    expect(event).toMatchObject({
      type: "text",
      from: { input: "slack", room: "C1", person: "U1" },
      to: { input: "irc", room: "#ops" },
      addressed: false,
      assurance: 0,
      subject: "Said in slack:#ops",
    });
    expect(event.to.person).toBeUndefined();
    expect(JSON.parse(JSON.stringify(event))).toEqual(event);
  });

  test("shows what is said to the bot, and what the bot answers", async () => {
    const relay = running({ relay: PAIR });
    relay.hear(onSlack("ping", { addressed: true }));
    expect((await relay.next()).data).toBe("[alice, to the bot] ping");
    await relay.say({ to: { input: "slack", room: "C1", person: "U1" }, data: "pong" });
    expect((await relay.next()).data).toBe("(bot, to alice) pong");
  });

  test("says nothing in the rooms of nobody else, and nothing back", async () => {
    const relay = running({ relay: `slack:#ops -> irc:#ops,${MARK}` });
    relay.hear(onIrc("not this"));
    relay.hear({ ...onSlack("nor this"), room: "C2", names: { room: "#dev" } });
    relay.hear({ input: "irc", room: "alice", person: "alice", data: "nor what is said to the bot alone" });
    await relay.say({ to: { input: "irc", room: "#ops" }, data: "nor that" });
    expect(await relay.rest()).toEqual([]);
  });

  test("knows a room's name from before, so that the bot may be first to speak after a restart", async () => {
    const store = memoryStore();
    const before = running({ relay: PAIR, store });
    before.hear(onSlack("hello"));
    await before.next();
    await before.stop();
    const after = running({ relay: PAIR, store });
    await after.rest();
    await after.say({ to: { input: "slack", room: "C1" }, data: "stand-up!" });
    expect((await after.next()).data).toBe("(bot) stand-up!");
  });

  test("goes by a room's new name when it is renamed", async () => {
    const relay = running({ relay: PAIR });
    relay.hear(onSlack("one"));
    await relay.next();
    relay.hear(onSlack("two", { names: { room: "#old-ops" } }));
    relay.hear({ ...onSlack("three"), room: "C9" });
    expect(texts(await relay.rest())).toEqual(["irc:#ops [alice] three"]);
  });

  test("names files and choices in words, and keeps columns of code", async () => {
    const relay = running({ relay: PAIR });
    const files = [{ name: "graph.png", data: "", encoding: "base64" as const }];
    await relay.say({
      to: { input: "irc", room: "#ops" },
      data: "a  b",
      format: "code",
      files,
      choices: ["yes", "no"],
    });
    const event = await relay.next();
    expect(event.data).toBe("(bot) a  b\n(bot) [file: graph.png]\n(bot) (yes / no)");
    expect(event.format).toBe("code");
    expect(event.files).toBeUndefined();
  });

  test("carries the names of files that people send, with words and without", async () => {
    const relay = running({ relay: PAIR });
    const names = { person: "alice", room: "#ops" };
    relay.hear(onSlack("look", { names: { ...names, files: ["graph.png", "a\nb.txt"] } }));
    expect((await relay.next()).data).toBe(
      "[alice] look\n[alice] [file: graph.png]\n[alice] [file: a b.txt]",
    );
    relay.hear(onSlack("", { names: { ...names, files: ["graph.png", ""] } }));
    expect((await relay.next()).data).toBe("[alice] [file: graph.png]\n[alice] [file: without a name]");
    relay.hear(onSlack("", { names: { ...names, files: Array(12).fill("x".repeat(500)) } }));
    const lines = (await relay.next()).data.split("\n");
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe(`[alice] [file: ${"x".repeat(100)}…]`);
    expect(lines.at(-1)).toBe("[alice] [2 more files]");
  });

  test("says what somebody does as such", async () => {
    const relay = running({ relay: PAIR });
    relay.hear({ ...onIrc("waves"), action: true });
    expect(await relay.next()).toMatchObject({ data: "[bob] waves", action: true });
    relay.hear(onIrc("waves"));
    expect((await relay.next()).action).toBeUndefined();
  });

  test("calls people by their id's first part where the network has no name for them", async () => {
    const relay = running({ relay: `email:ops@example.com -> irc:#ops,${MARK}` });
    const mail = { input: "email", room: "ops@example.com", person: "ops@example.com" };
    relay.hear({ ...mail, data: "hi", thread: "m1", names: { message: "m1" } });
    expect((await relay.next()).data).toBe("[ops] hi");
  });

  test("with no pairs does nothing", async () => {
    const relay = running({ relay: "" });
    await relay.say({ to: { input: "irc", room: "#ops" } });
    expect(relay.stream.status!()).toEqual([]);
  });

  test("tells once of an input that the bot does not have, and carries between the others", async () => {
    const relay = running({ relay: RING, inputs: ["irc", "xmpp"] });
    relay.hear(onIrc("one"));
    relay.hear(onIrc("two"));
    expect(texts(await relay.rest())).toEqual(["xmpp:ops@muc.test [bob] one", "xmpp:ops@muc.test [bob] two"]);
    expect(relay.log.lines.map(({ message }) => message)).toEqual([
      "relay: there is no input 'slack', so nothing is carried to or from it: is it in --inputs?",
    ]);
  });

  test("shows in status which inputs are not there", () => {
    const relay = running({ relay: PAIR, inputs: ["slack"] });
    expect(relay.stream.status!()).toEqual([{ name: "relay", state: "down", note: "no input irc" }]);
  });

  test("leaves a room alone that refuses", async () => {
    const relay = running({
      relay: PAIR,
      take: ({ to }) => (to.input === "slack" ? new BotError("not_found", "no such channel") : {}),
    });
    relay.hear(onIrc("one"));
    await relay.next();
    await relay.rest();
    relay.hear(onIrc("two"));
    relay.hear(onIrc("three"));
    relay.hear(onSlack("the other way"));
    expect(texts(await relay.rest())).toEqual(["irc:#ops [alice] the other way"]);
    expect(relay.stream.status!()[0]!.note).toBe("3 not carried");
  });
});

describe("once", () => {
  test("is how often a message is carried that is delivered again, also after a restart and by several bots", async () => {
    const store = memoryStore();
    const bots = [running({ relay: PAIR, store }), running({ relay: PAIR, store })];
    const said = { ...onSlack("hello"), id: "T1/C1/17.1/U1 and more" };
    for (const bot of bots) for (let i = 0; i < 3; i++) bot.hear(said);
    const all = (await Promise.all(bots.map((bot) => bot.rest()))).flat();
    expect(texts(all)).toEqual(["irc:#ops [alice] hello"]);
    await Promise.all(bots.map((bot) => bot.stop()));
    const later = running({ relay: PAIR, store });
    later.hear(said);
    expect(await later.rest()).toEqual([]);
  });

  test("is how often it is in each other room of a ring", async () => {
    const relay = running({ relay: RING });
    relay.hear(onSlack("hello"));
    expect(texts(await relay.rest()).sort()).toEqual([
      "irc:#ops [alice] hello",
      "xmpp:ops@muc.test [alice] hello",
    ]);
    await relay.say({ to: { input: "irc", room: "#ops" }, data: "pong" });
    expect(texts(await relay.rest()).sort()).toEqual([
      "slack:#ops (bot) pong",
      "xmpp:ops@muc.test (bot) pong",
    ]);
  });

  test("holds for long ids and hostile ones", async () => {
    const relay = running({ relay: PAIR });
    for (const id of ["x".repeat(5000), "a/b", "\ud800", "%"])
      for (let i = 0; i < 2; i++) relay.hear({ ...onIrc(`id ${id.length}`), id });
    expect(await relay.rest()).toHaveLength(4);
  });

  test("fails towards silence: when the store does not work nothing is carried, and that is logged once", async () => {
    const store = memoryStore();
    let broken = true;
    const relay = running({
      relay: PAIR,
      store: {
        ...store,
        write: (changes) =>
          broken ? Promise.reject(new BotError("failed", "disk full")) : store.write(changes),
      },
    });
    relay.hear(onIrc("one"));
    relay.hear(onIrc("two"));
    await expect.poll(() => relay.stream.status!()[0]?.note).toBe("2 not carried");
    broken = false;
    relay.hear(onIrc("three"));
    expect(texts(await relay.rest())).toEqual(["slack:#ops [bob] three"]);
    expect(relay.log.lines.map(({ message }) => message)).toEqual([
      "relay: something is not carried: disk full",
    ]);
  });
});

describe("a loop", () => {
  /** Two bots whose relays join the same two rooms; each hears what the other says. */
  function mirrored(relayed: string) {
    let messages = 0;
    const bots = [0, 1].map((which) => {
      const other = () => bots[1 - which]!;
      return running({
        relay: relayed,
        take(event) {
          messages++;
          // Each line is a message of its own on IRC.
          for (const line of event.data.split("\n"))
            other().hear({
              input: event.to.input,
              room: event.to.room,
              person: `micro${which}`,
              data: line,
              names: { person: `micro${which}` },
            });
          return {};
        },
      });
    });
    return { bots, messages: () => messages };
  }

  test("of two bots with the same relay ends with what each of them carried", async () => {
    const { bots, messages } = mirrored(`irc:#ops <-> xmpp:ops@muc.test,${MARK}`);
    for (const bot of bots) bot.hear(onIrc("hello\nworld"));
    for (let i = 0; i < 10; i++) for (const bot of bots) await bot.rest();
    // Each carried it once; the marks are counted, too.
    expect(messages()).toBe(2 + 20);
    expect(bots.map((bot) => bot.stream.status!()[0]!.note)).toEqual(
      Array(2).fill("2 brought back by another relay"),
    );
  });

  test("with somebody who changes what comes back is ended by the budget, and told of once", async () => {
    let round = 0;
    const relay = running({
      relay: PAIR,
      take({ to }) {
        if (to.input === "slack") relay.hear(onSlack(`round ${round++}`));
        else if (to.room === "#ops") relay.hear(onIrc(`back ${round++}`));
        return {};
      },
    });
    relay.hear(onIrc("go"));
    await expect.poll(() => relay.stream.status!()[0]?.note).toMatch(/not carried/u);
    const all = texts(await relay.rest());
    expect(all.filter((text) => text.includes("(relay) more is said in irc:#ops"))).toHaveLength(1);
    expect(all.length).toBeLessThanOrEqual(122);
    const ended = round;
    for (let i = 0; i < 3; i++) await relay.rest();
    expect(round).toBe(ended);
  });

  test("is not what a person does who quotes what was never carried", async () => {
    const relay = running({ relay: PAIR });
    relay.hear(onIrc("[alice] it was down yesterday"));
    expect(texts(await relay.rest())).toEqual(["slack:#ops [bob] [alice] it was down yesterday"]);
  });
});

describe("a flood", () => {
  test("is carried up to sixty messages a minute; the rest is told of once, and the other way stays open", async () => {
    const relay = running({ relay: PAIR });
    for (let i = 0; i < 500; i++) relay.hear(onSlack(`flood ${i}`));
    relay.hear(onIrc("calm"));
    const all = texts(await relay.rest());
    expect(all.filter((text) => text.startsWith("irc:#ops [alice] flood"))).toHaveLength(60);
    expect(all.filter((text) => text.includes("(relay) more is said in slack:#ops"))).toHaveLength(1);
    expect(all).toContain("slack:#ops [bob] calm");
    expect(relay.stream.status!()[0]!.note).toBe("440 not carried");
  });

  test("never has more than one message on its way into a room", async () => {
    let going = 0;
    let most = 0;
    const relay = running({
      relay: PAIR,
      async take() {
        most = Math.max(most, ++going);
        await new Promise((resolve) => setImmediate(resolve));
        going--;
        return {};
      },
    });
    for (let i = 0; i < 20; i++) relay.hear(onSlack(`flood ${i}`));
    for (let i = 0; i < 20; i++) expect((await relay.next()).data).toBe(`[alice] flood ${i}`);
    expect(most).toBe(1);
  });

  test("waits for no network: the bot's own words are said while nothing is taken elsewhere", async () => {
    const relay = running({ relay: PAIR, take: () => new Promise(() => {}) });
    for (let i = 0; i < 300; i++) {
      relay.hear(onSlack(`flood ${i}`));
      const receipt = await relay.say(
        { to: { input: "slack", room: "#ops" }, data: `${i}` },
        { id: `r${i}` },
      );
      expect(receipt).toEqual({ id: `r${i}` });
    }
  });
});

describe("a thread", () => {
  const threaded = () =>
    running({
      relay: `slack:#ops <-> irc:#ops,slack:#ops <-> slack:#dev,${MARK}`,
      take: ({ to, data }) => (to.input === "slack" ? { id: `${to.room} ${data.slice(0, 12).trim()}` } : {}),
    });

  test("under what the relay said goes on where that came from, with the beginning of it", async () => {
    const relay = threaded();
    relay.hear(onIrc("is the build broken? I see red everywhere"));
    await relay.rest();
    relay.hear(onSlack("yes", { thread: "#ops [bob] is the", message: "2" }));
    expect(texts(await relay.rest())).toContain("irc:#ops [alice, on “is the build broken? I see red…”] yes");
  });

  test("under a person's message is marked where there are no threads, and is a thread where there are", async () => {
    const relay = threaded();
    relay.hear(onSlack("who is on call?", { message: "1" }));
    await relay.rest();
    relay.hear(onSlack("I am", { thread: "1", message: "2" }));
    const [first, second] = await relay.rest();
    expect(first).toMatchObject({ to: { input: "irc" }, data: "[alice, on “who is on call?”] I am" });
    expect(first!.to.thread).toBeUndefined();
    expect(second).toMatchObject({ to: { room: "#dev", thread: "#dev [alice] who" }, data: "[alice] I am" });
  });

  test("and its answer by the bot keep together", async () => {
    const relay = threaded();
    relay.hear(onSlack("who is on call?", { message: "1" }));
    await relay.rest();
    await relay.say({ to: { input: "slack", room: "C1", person: "U1", thread: "1" }, data: "bob" });
    expect(texts(await relay.rest())).toContain("irc:#ops (bot, to alice, on “who is on call?”) bob");
  });

  test("that began before the relay is marked as one", async () => {
    const relay = threaded();
    relay.hear(onSlack("yes", { thread: "0", message: "2" }));
    expect(texts(await relay.rest())).toContain("irc:#ops [alice, in a thread] yes");
  });

  test("is known after a restart", async () => {
    const store = memoryStore();
    const before = running({ relay: PAIR, store });
    before.hear(onSlack("who is on call?", { message: "1" }));
    await before.rest();
    await before.stop();
    const after = running({ relay: PAIR, store });
    after.hear(onSlack("I am", { thread: "1", message: "2" }));
    expect(texts(await after.rest())).toEqual(["irc:#ops [alice, on “who is on call?”] I am"]);
  });

  test("or not, what the bot replaces is replaced there, too", async () => {
    const relay = threaded();
    relay.hear(onIrc("hello"));
    await relay.rest();
    await relay.say({ to: { input: "slack", room: "#dev" }, data: "10 %" }, { id: "p" });
    const [first] = await relay.rest();
    expect(first).toMatchObject({ to: { room: "#ops" }, data: "(bot) 10 %" });
    await relay.say({ to: { input: "slack", room: "#dev" }, data: "20 %", edit: "p" }, { id: "p" });
    expect(await relay.next()).toMatchObject({ data: "(bot) 20 %", edit: "#ops (bot) 10 %" });
  });
});
