import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { noProsody, type Prosody, startProsody } from "../../../test/servers/prosody.ts";
import { startProxy } from "../../../test/servers/proxy.ts";
import { newXmppInput, parseJid, xmpp } from "../src/plugin.ts";
import { tag } from "../src/tag.ts";
import { Person, statuses } from "./person.ts";
import { type Bot, botOf, contextOf, startBot, startInput } from "./support.ts";

const USERS = { micro: "hunter2", alice: "a", bob: "b", mallory: "m" };
const DELAY = { xmlns: "urn:xmpp:delay", stamp: "2002-09-10T23:41:07Z" };
const MUC = "http://jabber.org/protocol/muc";
const MUC_USER = `${MUC}#user`;

let stages = 0;

/** People and bots on a server, in a room of the test's own; they leave when the test ends. */
function stage(server: Prosody, { onTestFinished }: Pick<TestContext, "onTestFinished">) {
  const n = ++stages;
  const room = `room${n}@${server.rooms}`;
  const values = {
    xmpp_jid: `micro@${server.host}`,
    xmpp_password: "hunter2",
    xmpp_port: server.port,
    xmpp_ca: server.caFile,
    xmpp_rooms: [room],
    xmpp_resource: `bot${n}`,
  };
  return {
    room,
    values,
    me: `micro@${server.host}/bot${n}`,
    async person(user: keyof typeof USERS, nick: string = user, rooms = [room]): Promise<Person> {
      const account = { host: server.host, tlsPort: server.tlsPort, ca: server.ca, user };
      const person = await Person.join({ ...account, password: USERS[user] }, `phone${n}`);
      onTestFinished(() => person.close());
      for (const one of rooms) await person.enter(one, nick);
      return person;
    },
    async bot(more: Record<string, unknown> = {}): Promise<Bot> {
      const bot = await startBot({ ...values, ...more });
      onTestFinished(() => bot.input.stop());
      return bot;
    },
    async input(more: Record<string, unknown> = {}) {
      const started = await startInput({ ...values, ...more });
      onTestFinished(() => started.input.stop());
      return started;
    },
  };
}

describe.skipIf(noProsody).concurrent("on Prosody", () => {
  let server: Prosody;
  beforeAll(async () => {
    server = await startProsody({ users: USERS });
  });
  afterAll(() => server?.stop());

  it("a person in a room is their account, and is answered by their nick", async (context) => {
    const { room, person, bot: start } = stage(server, context);
    const bot = await start();
    const alice = await person("alice", "Ally");
    await alice.say(room, "micro: ping");
    const event = await bot.recv();
    context.expect(event).toMatchObject({
      data: "ping",
      addressed: true,
      assurance: 1,
      from: { input: "xmpp", room, person: "alice@localhost" },
      meta: { nick: "Ally" },
    });
    await bot.answer(JSON.parse(JSON.stringify(event)), "pong");
    context.expect(await alice.heard(`${room}/micro`)).toBe("Ally: pong");
  });

  it("a direct chat is its person's bare JID, and all in it is said to the bot", async (context) => {
    const { me, person, bot: start } = stage(server, context);
    const bot = await start();
    const alice = await person("alice", "alice", []);
    alice.tell(me, "ping");
    const event = await bot.recv();
    context.expect(event).toMatchObject({
      data: "ping",
      addressed: true,
      assurance: 1,
      from: { room: "alice@localhost", person: "alice@localhost" },
    });
    await bot.answer(event, "pong 1");
    context.expect(await alice.heard(me)).toBe("pong 1");
    alice.tell(me, "micro: echo");
    context.expect(await bot.recv()).toMatchObject({ data: "echo" });
    await bot.say("alice@localhost", "unasked");
    context.expect(await alice.heard(me)).toBe("unasked");
  });

  it("a private message in a room is answered there, and to nobody who takes the nick", async (context) => {
    const { room, person, bot: start } = stage(server, context);
    const bot = await start();
    const alice = await person("alice");
    const mallory = await person("mallory");
    alice.tell(`${room}/micro`, "ping");
    const event = await bot.recv();
    context.expect(event).toMatchObject({
      addressed: true,
      from: { room: `${room}/alice`, person: "alice@localhost" },
    });
    await bot.answer(event, "pong");
    context.expect(await alice.heard(`${room}/micro`)).toBe("pong");
    alice.send(tag("presence", { to: `${room}/away` }));
    await mallory.next((one) => one.attrs.from === `${room}/away`);
    await mallory.enter(room, "alice");
    await mallory.say(room, "it is me");
    await bot.recv();
    await context
      .expect(bot.answer(event, "sesame"))
      .rejects.toMatchObject({ code: "denied", message: /alice/u });
  });

  it("what was said in a room before is not heard, and what the bot says is not told to it", async (context) => {
    const { room, person, bot: start } = stage(server, context);
    const alice = await person("alice");
    await alice.say(room, "micro: before");
    const bot = await start();
    await bot.say(room, "micro: from myself");
    await alice.say(room, "micro: after");
    context.expect(await bot.recv()).toMatchObject({ data: "after" });
  });

  it("what its sender says is old is not heard", async (context) => {
    const { room, me, person, bot: start } = stage(server, context);
    const bot = await start();
    const alice = await person("alice");
    const x = tag("x", { xmlns: "jabber:x:delay" });
    await alice.say(room, "micro: 1", tag("delay", DELAY));
    await alice.say(room, "micro: 2", tag("delay", { ...DELAY, from: "micro@localhost" }));
    await alice.say(room, "micro: 3", x);
    alice.tell(me, "4", tag("delay", DELAY));
    alice.tell(me, "5", x);
    alice.tell(me, "6");
    context.expect(await bot.recv()).toMatchObject({ data: "6" });
  });

  it("the nick of somebody else is no name of theirs", async (context) => {
    const { room, person, bot: start } = stage(server, context);
    const bot = await start();
    const mallory = await person("mallory", "alice@localhost");
    await mallory.say(room, "micro: ping");
    context.expect(await bot.recv()).toMatchObject({ from: { person: "mallory@localhost" }, assurance: 1 });
  });

  it("a nick that is taken makes it another, until it is free", async (context) => {
    const { room, person, bot: start } = stage(server, context);
    const alice = await person("alice", "micro");
    const bot = await start();
    context
      .expect(bot.input.status?.())
      .toMatchObject([{ state: "up", note: "as micro_, while micro is taken" }]);
    await alice.say(room, "micro_: 1");
    context.expect(await bot.recv()).toMatchObject({ data: "1", addressed: true });
    alice.send(tag("presence", { to: `${room}/alice` }));
    await alice.next((one) => one.is("presence") && one.attrs.from === `${room}/micro` && !one.attrs.type);
    await bot.say(room, "hello");
    context.expect(await alice.heard(`${room}/micro`)).toBe("hello");
    context.expect(bot.input.status?.()).toEqual([]);
  });

  it("a ban is shown, in the words of who did it", async (context) => {
    const { room, me, person, bot: start } = stage(server, context);
    const alice = await person("alice");
    const bot = await start();
    const item = tag(
      "item",
      { affiliation: "outcast", jid: "micro@localhost" },
      tag("reason", {}, "no bots"),
    );
    await alice.ask("set", room, tag("query", { xmlns: "http://jabber.org/protocol/muc#admin" }, item));
    await alice.next((one) => statuses(one).includes("301"));
    alice.tell(me, "after");
    await bot.recv();
    context.expect(bot.input.status?.()).toMatchObject([{ name: `xmpp ${room}`, state: "down" }]);
    await context
      .expect(bot.say(room, "hello"))
      .rejects.toMatchObject({ code: "denied", message: /banned: no bots/u });
  });

  it("an invitation is followed when it is an inviter's", async (context) => {
    const { me, room, person, bot: start } = stage(server, context);
    const lab = room.replace("@", "lab@");
    const alice = await person("alice", "alice", [lab]);
    const bot = await start({ xmpp_inviters: ["xmpp:alice@localhost"] });
    const invite = tag("invite", { to: me.split("/")[0]! });
    // It is for the account: all connections of it would get it, and those of other tests follow nobody.
    alice.send(tag("message", { to: me }, tag("x", { xmlns: "jabber:x:conference", jid: lab })));
    await alice.next((one) => one.attrs.from === `${lab}/micro`);
    alice.send(tag("message", { to: lab }, tag("x", { xmlns: MUC_USER }, invite)));
    await alice.say(lab, "micro: ping");
    context.expect(await bot.recv()).toMatchObject({ data: "ping", from: { room: lab } });
  });

  /** Gives a room a password; who does is its owner. */
  async function lock(owner: Person, room: string, password: string): Promise<void> {
    const field = (name: string, value: string) => tag("field", { var: name }, tag("value", {}, value));
    const form = tag(
      "x",
      { xmlns: "jabber:x:data", type: "submit" },
      field("FORM_TYPE", `${MUC}#roomconfig`),
      field("muc#roomconfig_passwordprotectedroom", "1"),
      field("muc#roomconfig_roomsecret", password),
    );
    await owner.ask("set", room, tag("query", { xmlns: `${MUC}#owner` }, form));
  }

  it("a room with a password is entered by it, and the password is in no log", async (context) => {
    const { room, person, bot: start } = stage(server, context);
    const alice = await person("alice");
    await lock(alice, room, "friend & mellon");
    const bot = await start({ xmpp_room_passwords: [`xmpp:${room}  friend & mellon`] });
    context.expect(bot.input.status?.()).toEqual([]);
    await alice.say(room, "micro: ping");
    context.expect(await bot.recv()).toMatchObject({ data: "ping" });
    context.expect(bot.logged.join("\n")).toContain("<password>");
    context.expect(bot.logged.join("\n")).not.toContain("mellon");
  });

  it("a room whose password is not known or another one is down, and the flag named", async (context) => {
    const { room, person, bot: start } = stage(server, context);
    await lock(await person("alice"), room, "friend");
    const without = await start();
    const note = (bot: Bot) => bot.input.status?.()[0]?.note;
    context.expect(note(without)).toBe("it needs a password: see xmpp_room_passwords");
    await without.input.stop();
    const wrong = await start({ xmpp_room_passwords: [`${room} foe`] });
    context.expect(note(wrong)).toBe("its password is another one: see xmpp_room_passwords");
  });

  it("an invitation into a room with a password brings it", async (context) => {
    const { me, room, person, bot: start } = stage(server, context);
    const [lab, den] = [room.replace("@", "lab@"), room.replace("@", "den@")];
    const alice = await person("alice", "alice", [lab, den]);
    for (const one of [lab, den]) await lock(alice, one, "friend");
    const bot = await start({ xmpp_inviters: ["alice@localhost"] });
    const direct = tag("x", { xmlns: "jabber:x:conference", jid: lab, password: "friend" });
    alice.send(tag("message", { to: me }, direct));
    const invite = tag("invite", { to: me.split("/")[0]! });
    alice.send(
      tag("message", { to: den }, tag("x", { xmlns: MUC_USER }, invite, tag("password", {}, "friend"))),
    );
    for (const one of [lab, den]) {
      await alice.next((stanza) => stanza.attrs.from === `${one}/micro`);
      await alice.say(one, "micro: ping");
      context.expect(await bot.recv()).toMatchObject({ data: "ping", from: { room: one } });
    }
    context.expect(bot.logged.join("\n")).not.toContain("friend");
  });

  it("what is encrypted is answered once in each chat, until there is something to be read", async (context) => {
    const { room, me, person, bot: start } = stage(server, context);
    const bot = await start();
    const alice = await person("alice");
    const omemo = tag("encrypted", { xmlns: "eu.siacs.conversations.axolotl" }, tag("payload", {}, "x"));
    const placeholder = "I sent you an OMEMO encrypted message but your client doesn't seem to support that.";
    const unreadable = /^I cannot read encrypted messages: turn encryption \(such as OMEMO\) off/u;
    for (let i = 0; i < 2; i++) alice.tell(me, placeholder, omemo);
    alice.tell(me, "ping");
    const event = await bot.recv();
    context.expect(event).toMatchObject({ data: "ping", from: { room: "alice@localhost" } });
    await bot.answer(event, "pong");
    context.expect(await alice.heard(me)).toMatch(unreadable);
    context.expect(await alice.heard(me)).toBe("pong");
    alice.tell(me, placeholder, omemo);
    context.expect(await alice.heard(me)).toMatch(unreadable);
    await alice.say(room, placeholder, omemo);
    await alice.say(room, placeholder, omemo);
    await alice.say(room, "micro: ping");
    await bot.answer(await bot.recv(), "pong");
    context.expect(await alice.heard(`${room}/micro`)).toMatch(/^alice: I cannot read encrypted/u);
    context.expect(await alice.heard(`${room}/micro`)).toBe("alice: pong");
  });

  it("a dialect that finds new rooms has the bot enter them", async (context) => {
    const { room, values, person, me } = stage(server, context);
    const lab = room.replace("@", "lab@");
    const rooms: string[] = [];
    const input = newXmppInput({
      name: "found",
      flags: [],
      settings: () => ({
        name: "found",
        account: parseJid(me)!,
        password: "hunter2",
        server: "127.0.0.1",
        port: values.xmpp_port,
        tls: "starttls",
        ca: values.xmpp_ca,
        timeout: 10_000,
        flags: { account: "a", password: "b", server: "c", tls: "d", ca: "e", resource: "f" },
        dialect: {
          presence: [],
          refresh: 50,
          follows: () => false,
          directory: async () => ({
            nick: "micro",
            names: ["Bot"],
            rooms,
            believed: [],
            callOut: (nick) => `~${nick}`,
          }),
        },
      }),
    });
    input.init(contextOf({}));
    await input.start();
    context.onTestFinished(() => input.stop());
    const bot = botOf(input, await input.stream(), []);
    const alice = await person("alice", "alice", [lab]);
    rooms.push(lab);
    await alice.next((one) => one.attrs.from === `${lab}/micro`);
    await alice.say(lab, "@bot ping");
    const event = await bot.recv();
    context.expect(event).toMatchObject({ data: "ping", from: { input: "found", room: lab } });
    await bot.answer(event, "pong");
    context.expect(await alice.heard(`${lab}/micro`)).toBe("~alice: pong");
  });

  it("a message to nobody is refused in the server's words", async (context) => {
    const bot = await stage(server, context).bot();
    await context
      .expect(bot.say("nobody@localhost", "hello"))
      .rejects.toMatchObject({ message: /nobody@localhost: / });
    await context.expect(bot.say("no address @", "hello")).rejects.toMatchObject({ code: "invalid" });
    await context
      .expect(bot.say("alice@localhost", " \u0001\u200b"))
      .rejects.toMatchObject({ code: "invalid" });
  });

  it("with TLS from the first byte it works as well, and by the account's domain", async (context) => {
    const { room, person, bot: start } = stage(server, context);
    const bot = await start({
      xmpp_tls: "direct",
      xmpp_port: server.tlsPort,
      xmpp_jid: "micro",
      xmpp_domain: "localhost",
    });
    const alice = await person("alice");
    await alice.say(room, "micro: ping");
    context.expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it("a wrong password is one config error that names the flag, and is in no log", async (context) => {
    const { input, logged } = await stage(server, context).input({ xmpp_password: "wrong password" });
    await context.expect(input.stream()).rejects.toMatchObject({ code: "config", message: /xmpp_password/u });
    const encoded = Buffer.from("\0micro\0wrong password").toString("base64");
    context
      .expect(logged.join("\n"))
      .not.toMatch(new RegExp(`wrong password|${RegExp.escape(encoded)}`, "u"));
  });

  it("without TLS nothing is said to a server that asks for it, and no password to any", async (context) => {
    const { input } = await stage(server, context).input({ xmpp_tls: "none" });
    await context
      .expect(input.stream())
      .rejects.toMatchObject({ code: "not_connected", message: /no way to log in/u });
  });

  it("a certificate that nobody known has signed is refused, and the flag for it named", async (context) => {
    for (const more of [{}, { xmpp_tls: "direct", xmpp_port: server.tlsPort }]) {
      const { input } = await stage(server, context).input({ xmpp_ca: undefined, ...more });
      await context
        .expect(input.stream())
        .rejects.toMatchObject({ code: "not_connected", message: /xmpp_ca/u });
    }
  });

  it("another program with the same resource ends the connection, and the message says what to do", async (context) => {
    const { bot: start } = stage(server, context);
    const bot = await start();
    const end = context
      .expect(bot.recv())
      .rejects.toMatchObject({ code: "not_connected", message: /xmpp_resource/u });
    await start();
    await end;
  });

  it("stop leaves no socket or timer: the process ends by itself", async (context) => {
    const { values } = stage(server, context);
    const args = [new URL("./leave.ts", import.meta.url).pathname, JSON.stringify(values)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
    context.expect(stdout).toBe("stopped\n");
  });

  it("stop ends a connection that is being made", async (context) => {
    const { input } = await stage(server, context).input();
    const streaming = input.stream();
    await Promise.all([context.expect(streaming).rejects.toMatchObject({ code: "closed" }), input.stop()]);
    await context.expect(input.stream()).rejects.toMatchObject({ code: "closed" });
  });

  it("it runs again after it was stopped, and what was said meanwhile is not heard", async (context) => {
    const { room, person, input: begin } = stage(server, context);
    const { input, logged } = await begin();
    await input.stream();
    await input.stop();
    const alice = await person("alice");
    await alice.say(room, "micro: 1");
    await input.start();
    const bot = botOf(input, await input.stream(), logged);
    await alice.say(room, "micro: 2");
    context.expect(await bot.recv()).toMatchObject({ data: "2" });
  });
});

describe.skipIf(noProsody).concurrent("when the line is cut", () => {
  let server: Prosody;
  beforeAll(async () => {
    server = await startProsody({ users: USERS });
  });
  afterAll(() => server?.stop());

  /** A bot behind a proxy. */
  async function cut(context: TestContext) {
    const proxy = await startProxy(server.port);
    context.onTestFinished(() => proxy.stop());
    const it = stage(server, context);
    const bot = await it.bot({ xmpp_port: proxy.port });
    return { ...it, bot, proxy };
  }

  it("the session goes on: nothing is lost, nothing comes with another id, and rooms need not be entered", async (context) => {
    const { room, me, person, bot, proxy } = await cut(context);
    const alice = await person("alice");
    await alice.say(room, "micro: kept");
    const kept = await bot.conn.recv();
    proxy.drop();
    await context.expect(bot.conn.recv()).rejects.toMatchObject({ code: "not_connected" });
    await alice.say(room, "micro: meanwhile");
    alice.tell(me, "also");
    const again = botOf(bot.input, await bot.input.stream(), bot.logged);
    const heard = [await again.recv(), await again.recv(), await again.recv()];
    context.expect(heard.map(({ data }) => data)).toEqual(["kept", "meanwhile", "also"]);
    context.expect(heard[0]!.id).toBe(kept.id);
    const gone = await alice.rest(
      (one) => one.attrs.from === `${room}/micro` && one.attrs.type === "unavailable",
    );
    context.expect(gone).toEqual([]);
    await again.answer(kept, "pong");
    context.expect(await alice.heard(`${room}/micro`)).toBe("alice: pong");
    await alice.say(room, "micro: new", tag("delay", { ...DELAY, from: "micro@localhost" }));
    await alice.say(room, "micro: newer");
    context.expect(await again.recv()).toMatchObject({ data: "newer" });
  });

  it("what was acknowledged does not come again", async (context) => {
    const { room, person, bot, proxy } = await cut(context);
    const alice = await person("alice");
    await alice.say(room, "micro: 1");
    await bot.recv();
    proxy.drop();
    await context.expect(bot.recv()).rejects.toMatchObject({ code: "not_connected" });
    const again = botOf(bot.input, await bot.input.stream(), bot.logged);
    await alice.say(room, "micro: 2");
    context.expect(await again.recv()).toMatchObject({ data: "2" });
  });

  it("messages under way are each taken once", async (context) => {
    const { room, person, bot, proxy } = await cut(context);
    const alice = await person("alice");
    const words = Array.from({ length: 20 }, (_, i) => `w${i}.`);
    const outcomes = words.map((word) =>
      bot.say(room, word).then(
        () => undefined,
        (error) => [word, error.code],
      ),
    );
    proxy.drop();
    await context.expect(bot.recv()).rejects.toMatchObject({ code: "not_connected" });
    const again = botOf(bot.input, await bot.input.stream(), bot.logged);
    for (const lost of await Promise.all(outcomes)) {
      if (!lost) continue;
      context.expect(lost[1]).toBe("not_connected");
      await again.say(room, lost[0]);
    }
    await again.say(room, "end");
    const heard = [];
    for (let text = await alice.heard(`${room}/`); text !== "end"; text = await alice.heard(`${room}/`))
      heard.push(text);
    context.expect(heard.toSorted()).toEqual(words.toSorted());
  });
});

describe.skipIf(noProsody).concurrent("with another kind of server", () => {
  async function server(context: TestContext, options: Parameters<typeof startProsody>[0]): Promise<Prosody> {
    const server = await startProsody(options);
    context.onTestFinished(() => server.stop());
    return server;
  }

  it("that was killed and is back, all rooms are entered anew", async (context) => {
    const prosody = await server(context, { users: USERS });
    const { room, person, bot: start } = stage(prosody, context);
    const bot = await start({ xmpp_rooms: [room, `other@${prosody.rooms}`] });
    const sending = bot.say("alice@localhost", "on its way").catch((error) => error.code);
    await sending;
    await prosody.kill();
    await context.expect(bot.recv()).rejects.toMatchObject({ code: "not_connected" });
    await context
      .expect(bot.input.stream())
      .rejects.toMatchObject({ code: "not_connected", message: /ECONNREFUSED/u });
    await prosody.start();
    const again = botOf(bot.input, await bot.input.stream(), bot.logged);
    const alice = await person("alice", "alice", [room, `other@${prosody.rooms}`]);
    await alice.say(room, "micro: 1");
    await alice.say(`other@${prosody.rooms}`, "micro: 2");
    context.expect([(await again.recv()).data, (await again.recv()).data]).toEqual(["1", "2"]);
  });

  it("that keeps no session, rooms are entered anew and what was on its way is unknown", async (context) => {
    const prosody = await server(context, { users: USERS, without: ["smacks"] });
    const proxy = await startProxy(prosody.port);
    context.onTestFinished(() => proxy.stop());
    const { room, person, bot: start } = stage(prosody, context);
    const alice = await person("alice");
    const bot = await start({ xmpp_port: proxy.port });
    await bot.say(room, "hello");
    await bot.say("alice@localhost", "hello");
    proxy.drop();
    await context.expect(bot.recv()).rejects.toMatchObject({ code: "not_connected" });
    const again = botOf(bot.input, await bot.input.stream(), bot.logged);
    await alice.say(room, "micro: ping");
    context.expect(await again.recv()).toMatchObject({ data: "ping" });
  });

  it("that is frozen, the connection is given up", async (context) => {
    const prosody = await server(context, { users: USERS });
    const bot = await stage(prosody, context).bot({ xmpp_timeout: 1500 });
    prosody.signal("SIGSTOP");
    await context
      .expect(bot.recv())
      .rejects.toMatchObject({ code: "not_connected", message: /no answer in 1500 ms/u });
    await context.expect(bot.input.stream()).rejects.toMatchObject({ code: "not_connected" });
    prosody.signal("SIGCONT");
    // As the engine does: tried until it works.
    while (!(await bot.input.stream().catch(() => undefined)));
  });

  it("that hides JIDs in its rooms, a person is only a nick, also that of an operator", async (context) => {
    const prosody = await server(context, { users: USERS, publicJids: false });
    const { room, person, bot: start } = stage(prosody, context);
    // Who makes a room moderates it, and is told all.
    const mallory = await person("mallory", "alice@localhost");
    const bot = await start();
    await mallory.say(room, "micro: ping");
    const event = await bot.recv();
    context
      .expect(event)
      .toMatchObject({ addressed: true, assurance: 0, from: { person: "alice@localhost" } });
    await bot.answer(event, "pong");
    context.expect(await mallory.heard(`${room}/micro`)).toBe("alice@localhost: pong");
  });

  it("whose certificate has expired, it says so", async (context) => {
    const prosody = await server(context, { users: USERS, expired: true });
    for (const more of [{}, { xmpp_tls: "direct", xmpp_port: prosody.tlsPort }]) {
      const { input } = await stage(prosody, context).input(more);
      await context
        .expect(input.stream())
        .rejects.toMatchObject({ code: "not_connected", message: /certificate has expired/u });
    }
  });

  it("that serves another domain, it says so", async (context) => {
    const prosody = await server(context, { users: USERS, host: "chat.example.org" });
    const { input } = await stage(prosody, context).input({ xmpp_jid: "micro@localhost" });
    await context
      .expect(input.stream())
      .rejects.toMatchObject({ code: "not_connected", message: /does not serve localhost.*xmpp_jid/u });
  });

  it("that offers no encryption, it says nothing", async (context) => {
    const prosody = await server(context, { users: USERS, without: ["tls"], tls: false });
    const { input: strict } = await stage(prosody, context).input();
    await context
      .expect(strict.stream())
      .rejects.toMatchObject({ code: "not_connected", message: /xmpp_tls/u });
    const { room, person, bot: start } = stage(prosody, context);
    const bot = await start({ xmpp_tls: "none" });
    const alice = await person("alice");
    await alice.say(room, "micro: ping");
    context.expect(await bot.recv()).toMatchObject({ data: "ping" });
  });

  it("that keeps an archive of the room, its ids are those of the archive", async (context) => {
    const prosody = await server(context, { users: USERS, roomModules: ["muc_mam"] });
    const { room, person, bot: start } = stage(prosody, context);
    const alice = await person("alice");
    const bot = await start();
    await alice.say(
      room,
      "micro: ping",
      tag("stanza-id", { xmlns: "urn:xmpp:sid:0", by: room, id: "forged" }),
    );
    const { id } = await bot.recv();
    context.expect(id).toMatch(new RegExp(`^${room} \\S+$`, "u"));
    context.expect(id).not.toContain("forged");
  });
});

describe("flags", () => {
  const given = { xmpp_jid: "micro@example.org", xmpp_password: "x" };
  const init = (more: Record<string, unknown>) => () => xmpp().init(contextOf({ ...given, ...more }));

  it.each([
    ["xmpp_jid", "micro"],
    ["xmpp_jid", "example.org"],
    ["xmpp_jid", "a b@example.org"],
    ["xmpp_domain", "example.com"],
    ["xmpp_server", "http://example.org"],
    ["xmpp_port", 0],
    ["xmpp_port", 5222.5],
    ["xmpp_tls", "yes"],
    ["xmpp_rooms", ["#ops"]],
    ["xmpp_rooms", ["ops@conference.example.org/nick"]],
    ["xmpp_room_passwords", ["ops@conference.example.org"]],
    ["xmpp_room_passwords", ["#ops sesame"]],
    ["xmpp_inviters", ["alice"]],
    ["xmpp_nick", ""],
    ["xmpp_nick", "a\u0000b"],
    ["xmpp_resource", "\u0007"],
    ["xmpp_timeout", 0],
  ])("%s of %j is refused by its name", (flag, value) => {
    expect(init({ [flag]: value })).toThrow(
      expect.objectContaining({ code: "config", message: expect.stringContaining(flag) }),
    );
  });

  it("a password of a room is in no error", () => {
    expect(init({ xmpp_room_passwords: ["a@b.example x", "#ops sesame"] })).toThrow(
      /^(?!.*sesame).*2 is not/u,
    );
  });
});
