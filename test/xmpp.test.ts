import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type BotProcess, startBot } from "./bot.ts";
import { noProsody, type Prosody, startProsody } from "./servers/prosody.ts";
import { startProxy } from "./servers/proxy.ts";
import { Person } from "./servers/xmpp-people.ts";

const USERS = { micro: "hunter2hunter2", alice: "a", mallory: "m" };
const REGISTER = 'register service {"name": "by.xmpp", "nodes": [{"id": "1", "address": "127.0.0.1:9"}]}';

describe.skipIf(noProsody)("the bot on a real XMPP server", () => {
  let server: Prosody;
  afterAll(() => server?.stop());
  beforeAll(async () => {
    server = await startProsody({ users: USERS, publicJids: false });
  });

  async function start(room: string, ...more: string[]): Promise<BotProcess> {
    const bot = startBot([
      "bot",
      "--inputs=console,xmpp",
      "--xmpp_jid=micro@localhost",
      "--xmpp_password=hunter2hunter2",
      "--xmpp_server=127.0.0.1",
      `--xmpp_ca=${server.caFile}`,
      `--xmpp_rooms=${room}`,
      "--operators=xmpp:alice@localhost",
      "--registry=memory",
      ...(more.length > 0 ? more : [`--xmpp_port=${server.port}`]),
    ]);
    onTestFinished(() => bot.stop());
    await bot.logged(/xmpp is connected/);
    return bot;
  }

  async function person(user: keyof typeof USERS, room: string, nick: string): Promise<Person> {
    const one = await Person.join({ ...server, user, password: USERS[user] });
    onTestFinished(() => one.close());
    await one.enter(room, nick);
    return one;
  }

  test("an operator is known by their JID, not by a nick, where the room shows no JIDs", async () => {
    const room = `hidden@${server.rooms}`;
    const mallory = await person("mallory", room, "alice@localhost");
    const alice = await person("alice", room, "al");
    const bot = await start(room);
    await mallory.say(room, `micro: ${REGISTER}`);
    expect(await mallory.heard(`${room}/micro`)).toMatch(/^alice@localhost: not done.*nobody vouches/su);
    await alice.say(room, `micro: ${REGISTER}`);
    expect(await alice.heard(`${room}/micro`)).toMatch(/^alice@localhost: /u);
    expect(await alice.heard(`${room}/micro`)).toMatch(/^al: not done/u);
    alice.tell("micro@localhost", REGISTER);
    expect(await alice.heard("micro@localhost/")).toBe("ok");
    expect(bot.log()).not.toContain("hunter2");
  });

  test("what is asked while the line is cut is answered once, and nothing from before again", async () => {
    const room = `cut@${server.rooms}`;
    const proxy = await startProxy(server.port);
    onTestFinished(() => proxy.stop());
    const alice = await person("alice", room, "alice");
    const bot = await start(room, `--xmpp_port=${proxy.port}`);
    await alice.say(room, "micro: echo before");
    expect(await alice.heard(`${room}/micro`)).toBe("alice: before");
    proxy.drop();
    await bot.logged(/xmpp is down/);
    await alice.say(room, "micro: echo meanwhile");
    await bot.logged(/xmpp is connected/);
    await alice.say(room, "micro: echo after");
    expect(await alice.heard(`${room}/micro`)).toBe("alice: meanwhile");
    expect(await alice.heard(`${room}/micro`)).toBe("alice: after");
  });

  test("comes back by itself when the server was killed, and answers what is asked then", async () => {
    const room = `phoenix@${server.rooms}`;
    const bot = await start(room);
    await server.kill();
    await bot.logged(/xmpp is down/);
    bot.type("ping");
    expect(await bot.printed(/pong/)).toBe("pong");
    await server.start();
    await bot.logged(/xmpp is connected/);
    const alice = await person("alice", room, "alice");
    await alice.say(room, "@micro ping");
    expect(await alice.heard(`${room}/micro`)).toBe("alice: pong");
  });
});
