import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { noProsody, type Prosody } from "../../../test/servers/prosody.ts";
import { type Bot, botOf, contextOf, type Person } from "../../../test/servers/xmpp-people.ts";
import { mentionOf, readPeople, readRooms } from "../src/people.ts";
import { hipchat } from "../src/plugin.ts";
import { company, DEV, OLD, OPS, person, SECRET } from "./company.ts";

const BOT = "1_1@chat.hipchat.com";
const MUC_USER = "http://jabber.org/protocol/muc#user";

describe.skipIf(noProsody)("on a HipChat-like server", () => {
  let server: Prosody;
  let ann: Person;
  beforeAll(async () => {
    server = await company();
    ann = await person(server, "1_2", DEV, OPS, OLD, SECRET);
  });
  afterAll(async () => {
    ann?.close();
    await server?.stop();
  });

  async function start(more: Record<string, unknown> = {}): Promise<Bot> {
    const logged: string[] = [];
    const input = hipchat();
    const values = {
      hipchat_username: BOT,
      hipchat_password: "open sesame",
      hipchat_server: `127.0.0.1:${server.port}`,
    };
    input.init(contextOf({ ...values, ...more }, logged));
    await input.start();
    onTestFinished(() => input.stop());
    return botOf(input, await input.stream(), logged);
  }

  it("is in every room that is listed and in use, under its full name", async () => {
    const bot = await start();
    for (const room of [DEV, OPS]) {
      await ann.say(room, "@MicroBot ping");
      expect(await bot.recv()).toMatchObject({ data: "ping", addressed: true, from: { room } });
    }
    await bot.say(DEV, "hello");
    expect(await ann.heard(`${DEV}/Micro Bot`)).toBe("hello");
    const elsewhere = await ann.rest((one) =>
      new RegExp(`^(?:${OLD}|${SECRET})/Micro`, "u").test(one.attrs.from ?? ""),
    );
    expect(elsewhere).toEqual([]);
  });

  it.each([
    ["@MicroBot ping", "ping", true],
    ["@microbot ping", "ping", true],
    ["MicroBot: ping", "ping", true],
    ["Micro Bot, ping", "ping", true],
    ["@MicroBots ping", "@MicroBots ping", false],
    ["@all ping", "@all ping", false],
  ])("%j is %j, said to the bot: %s", async (text, data, addressed) => {
    const bot = await start();
    await ann.say(DEV, text);
    expect(await bot.recv()).toMatchObject({ data, addressed });
  });

  it("a person is their account, and is answered by their mention name", async () => {
    const bot = await start();
    await ann.say(DEV, "@MicroBot ping");
    const event = await bot.recv();
    expect(event).toMatchObject({ assurance: 1, from: { input: "hipchat", person: "1_2@chat.hipchat.com" } });
    await bot.answer(event, "pong");
    expect(await ann.heard(`${DEV}/Micro Bot`)).toBe("@AnnExample: pong");
    await bot.say(DEV, "look", "1_3@chat.hipchat.com");
    expect(await ann.heard(`${DEV}/Micro Bot`)).toBe("@Bob: look");
  });

  it("a direct chat needs no mention, and has one taken off", async () => {
    const bot = await start();
    for (const text of ["ping", "@MicroBot ping"]) {
      ann.tell(BOT, text);
      const event = await bot.recv();
      expect(event).toMatchObject({ data: "ping", addressed: true, from: { room: "1_2@chat.hipchat.com" } });
      await bot.answer(event, "pong");
      expect(await ann.heard(BOT)).toBe("pong");
    }
  });

  it("follows an invitation of anybody in the company", async () => {
    const bot = await start();
    ann.write(
      `<message to="${SECRET}"><x xmlns="${MUC_USER}"><invite to="${BOT}"><reason/></invite></x></message>`,
    );
    await ann.next((one) => one.attrs.from === `${SECRET}/Micro Bot`);
    await ann.say(SECRET, "@MicroBot ping");
    expect(await bot.recv()).toMatchObject({ data: "ping", from: { room: SECRET } });
  });

  it("does not follow one of anybody else", async () => {
    const bot = await start();
    ann.write(`<message to="${BOT}"><x xmlns="jabber:x:conference" jid="trap@conf.example.org"/></message>`);
    ann.write(
      `<message to="${BOT}" from="nobody@chat.hipchat.com"><x xmlns="jabber:x:conference" jid="trap@conf.hipchat.com"/></message>`,
    );
    await bot.say(DEV, "hello");
    expect(await ann.heard(`${DEV}/Micro Bot`)).toBe("hello");
  });

  it("a wrong password is a config error that names the flag", async () => {
    await expect(start({ hipchat_password: "wrong" })).rejects.toMatchObject({
      code: "config",
      message: /hipchat_password/u,
    });
  });

  it("with hipchat_debug every stanza is in the log, and the password is not", async () => {
    const bot = await start({ hipchat_debug: true });
    await ann.say(DEV, "@MicroBot look");
    await bot.recv();
    expect(bot.logged.join("\n")).toMatch(/info .*@MicroBot look/u);
    expect(bot.logged.join("\n")).not.toContain("sesame");
  });
});

describe("flags", () => {
  const given = { hipchat_username: "1_2", hipchat_password: "x" };
  it.each([
    ["hipchat_username", "a b"],
    ["hipchat_username", "@chat.hipchat.com"],
    ["hipchat_server", "https://chat.hipchat.com"],
    ["hipchat_server", "chat.hipchat.com:0"],
    ["hipchat_server", "chat.hipchat.com:70000"],
  ])("%s of %j is refused by its name", (flag, value) => {
    const init = () => hipchat().init(contextOf({ ...given, [flag]: value }));
    expect(init).toThrow(expect.objectContaining({ code: "config", message: expect.stringContaining(flag) }));
  });
});

describe("the roster", () => {
  type Roster = Parameters<typeof readPeople>[0];
  const roster = (items: Record<string, unknown>[]) =>
    ({
      getChildren: () => items.map((attrs) => ({ attrs, getChild: () => undefined })),
    }) as unknown as Roster;

  it("whatever is in it, a mention is one word that names one person", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("ann", "a b", "@x", "\u202e", "__proto__"));
    const item = fc.record(
      { jid: fc.oneof(text, fc.constant("1_2@h")), name: text, mention_name: text },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(item), text, (items, nick) => {
        const people = readPeople(roster(items));
        for (const { mention } of people.values()) expect(mention).toMatch(/^[^\s@]+$/u);
        const called = mentionOf(people, nick, nick);
        expect(called === nick || called.startsWith("@")).toBe(true);
        for (const room of readRooms(roster(items))) expect(room).toMatch(/^[^@/\s]+@[^@/\s]+$/u);
      }),
    );
  });
});
