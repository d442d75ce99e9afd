import tls from "node:tls";
import { afterAll, beforeAll, describe, it, type TestContext } from "vitest";
import { type Inspircd, noAtheme, startInspircd } from "../../../test/servers/inspircd.ts";
import { makeClientCert } from "../../../test/servers/lib.ts";
import { Person } from "./person.ts";
import { type Bot, startBot, startInput } from "./support.ts";

const ACCOUNTS = { alice: "sesame", micro: "hunter2" };
const LOGIN: [string, string] = ["alice", "sesame"];

let names = 0;

/** People and a bot in a room of their own, as `n`; they leave when the test ends. */
function stage(server: () => Inspircd, { onTestFinished }: Pick<TestContext, "onTestFinished">) {
  const n = ++names;
  const room = `#room${n}`;
  return {
    n,
    room,
    async person(nick: string, login?: [string, string], rooms: string[] = [room]): Promise<Person> {
      const person = await Person.join(server().port, nick, { rooms, ...(login && { login }) });
      onTestFinished(() => person.close());
      return person;
    },
    async bot(values: Record<string, unknown> = {}): Promise<Bot> {
      const bot = await startBot(server().port, { irc_nick: `bot${n}`, irc_channels: [room], ...values });
      onTestFinished(() => bot.input.stop());
      return bot;
    },
  };
}

async function who(bot: Bot): Promise<string> {
  const { from, assurance, meta } = await bot.recv();
  return `${from.person} ${assurance}, as ${meta.nick}`;
}

/** What holds however the network tells of accounts. */
function accounts(server: () => Inspircd): void {
  it("a services account is vouched for, a bare nick is not, even one that is an account's name", async (context) => {
    const { n, room, person, bot: start } = stage(server, context);
    const bot = await start();
    const bob = await person(`bob${n}`, LOGIN);
    const mallory = await person("alice");
    bob.say(room, "1");
    context.expect(await who(bot)).toBe(`alice 1, as bob${n}`);
    mallory.say(room, "2");
    context.expect(await who(bot)).toBe("alice 0, as alice");
    await mallory.quit();
  });

  it("somebody who was there before the bot is known too", async (context) => {
    const { n, room, person, bot: start } = stage(server, context);
    const bob = await person(`bob${n}`, LOGIN);
    const carol = await person(`carol${n}`);
    const bot = await start();
    // The answer to the bot's WHO comes before what is said after it: this ping's answer is later than both.
    await bot.say(room, "hello");
    bob.say(room, "1");
    context.expect(await who(bot)).toBe(`alice 1, as bob${n}`);
    carol.say(room, "2");
    context.expect(await who(bot)).toBe(`carol${n} 0, as carol${n}`);
  });

  it("an account goes with its person to another nick, and not with the nick to another person", async (context) => {
    const { n, room, person, bot: start } = stage(server, context);
    const bot = await start();
    const [old, next] = [`old${n}`, `new${n}`];
    const bob = await person(old, LOGIN);
    bob.say(room, "1");
    context.expect(await who(bot)).toBe(`alice 1, as ${old}`);
    const mallory = await person(`mallory${n}`);
    bob.send(`NICK ${next}`);
    await mallory.next(/ NICK /u);
    mallory.send(`NICK ${old}`);
    await bob.next(new RegExp(`mallory\\S+ NICK :?${old}`, "u"));
    mallory.say(room, "2");
    context.expect(await who(bot)).toBe(`${old} 0, as ${old}`);
    bob.say(room, "3");
    context.expect(await who(bot)).toBe(`alice 1, as ${next}`);
    await bob.quit();
    mallory.send(`NICK ${next}`);
    await mallory.next(new RegExp(`NICK :?${next}`, "u"));
    mallory.say(room, "4");
    context.expect(await who(bot)).toBe(`${next} 0, as ${next}`);
  });

  it("a direct reply to an account does not go to who has taken its nick", async (context) => {
    const { n, room, person, bot: start } = stage(server, context);
    const bot = await start();
    const bob = await person(`bob${n}`, LOGIN);
    const mallory = await person(`mallory${n}`);
    bob.say(`bot${n}`, "secret");
    const event = await bot.recv();
    bob.send(`NICK away${n}`);
    await mallory.next(/ NICK /u);
    mallory.send(`NICK bob${n}`);
    mallory.say(room, "it is me");
    await bot.recv();
    await context
      .expect(bot.answer(event, "sesame"))
      .rejects.toMatchObject({ code: "denied", message: /alice/u });
    context.expect(await mallory.rest(/sesame/u)).toEqual([]);
  });

  it("logging in and out is followed", async (context) => {
    const { n, room, person, bot: start } = stage(server, context);
    const bot = await start();
    const bob = await person(`bob${n}`);
    bob.say(room, "1");
    context.expect(await who(bot)).toBe(`bob${n} 0, as bob${n}`);
    bob.say("NickServ", "IDENTIFY alice sesame");
    await bob.next(/ 900 /u);
    bob.say(room, "2");
    context.expect(await who(bot)).toBe(`alice 1, as bob${n}`);
    bob.say("NickServ", "LOGOUT");
    await bob.next(/ 901 /u);
    bob.say(room, "3");
    context.expect(await who(bot)).toBe(`bob${n} 0, as bob${n}`);
  });

  it("a reply to an account names its nick in a room, and goes to its nick directly", async (context) => {
    const { n, room, person, bot: start } = stage(server, context);
    const bot = await start();
    const bob = await person(`bob${n}`, LOGIN);
    bob.say(room, `bot${n}: ping`);
    await bot.answer(await bot.recv(), "pong");
    context.expect(await bob.heard(room)).toBe(`bob${n}: pong`);
    bob.say(`bot${n}`, "ping");
    const event = await bot.recv();
    context.expect(event.from).toEqual({ input: "irc", room: `bob${n}`, person: "alice" });
    await bot.answer(event, "pong");
    context.expect(await bob.heard(`bob${n}`)).toBe("pong");
  });
}

describe.skipIf(noAtheme).concurrent("on InspIRCd with services", () => {
  let server: Inspircd;
  const known = tls.getCACertificates("default");
  beforeAll(async () => {
    server = await startInspircd({ accounts: ACCOUNTS });
    tls.setDefaultCACertificates([...known, server.ca]);
  });
  afterAll(async () => {
    tls.setDefaultCACertificates(known);
    await server?.stop();
  });

  accounts(() => server);

  it("somebody who shares no room is vouched for in a direct message", async (context) => {
    const { n, person, bot: start } = stage(() => server, context);
    const bot = await start();
    const bob = await person(`bob${n}`, LOGIN, []);
    bob.say(`bot${n}`, "ping");
    context.expect(await who(bot)).toBe(`alice 1, as bob${n}`);
  });

  it("the bot logs in by SASL, over TLS, and others see its account", async (context) => {
    const { n, person, bot: start } = stage(() => server, context);
    const alice = await person(`alice${n}`);
    await start({
      irc_server: "localhost",
      irc_port: server.tlsPort,
      irc_tls: true,
      irc_sasl_user: "micro",
      irc_sasl_password: "hunter2",
    });
    alice.send(`WHOIS bot${n}`);
    context.expect(await alice.next(/ 330 /u)).toContain(" micro :");
  });

  it("the bot logs in by its certificate, and with one that nobody knows is told by which flag", async (context) => {
    const { n, person, bot: start } = stage(() => server, context);
    const alice = await person(`alice${n}`);
    const over = { irc_server: "localhost", irc_port: server.tlsPort, irc_tls: true };
    const known = makeClientCert(`known${n}`);
    context.onTestFinished(known.remove);
    const owner = await person(`owner${n}`, ["micro", "hunter2"]);
    owner.say("NickServ", `CERT ADD ${known.fingerprint}`);
    await owner.next(/ NOTICE .*(?:added|Added)/u);
    await start({ ...over, irc_tls_cert: known.certFile, irc_tls_key: known.keyFile });
    alice.send(`WHOIS bot${n}`);
    context.expect(await alice.next(/ 330 /u)).toContain(" micro :");

    const unknown = makeClientCert(`unknown${n}`);
    context.onTestFinished(unknown.remove);
    const { input } = await startInput(server.port, {
      ...over,
      irc_nick: `nobody${n}`,
      irc_tls_cert: unknown.certFile,
      irc_tls_key: unknown.keyFile,
    });
    context.onTestFinished(() => input.stop());
    await context
      .expect(input.stream())
      .rejects.toMatchObject({ code: "config", message: /irc_tls_cert: .*refused/u });
  });

  it("a certificate that cannot be used is a config error that names its flag", async (context) => {
    const good = makeClientCert("good");
    const other = makeClientCert("other");
    context.onTestFinished(() => [good, other].forEach(({ remove }) => void remove()));
    const start = (values: object) => startInput(server.port, { irc_tls: true, ...values });
    const missing = { irc_tls_cert: "/nowhere/cert.pem" };
    await context.expect(start(missing)).rejects.toMatchObject({ code: "config", message: /irc_tls_cert: / });
    for (const key of [other.keyFile, good.certFile])
      await context
        .expect(start({ irc_tls_cert: good.certFile, irc_tls_key: key }))
        .rejects.toMatchObject({ code: "config", message: /irc_tls_key/ });
  });

  it("what is said to the operators of a channel is theirs to hear the answer of", async (context) => {
    const { n, room, person, bot: start } = stage(() => server, context);
    const alice = await person(`alice${n}`);
    const bot = await start();
    const bob = await person(`bob${n}`);
    alice.send(`MODE ${room} +o bot${n}`);
    await bob.next(/ MODE /u);
    alice.say(`@${room}`, `bot${n}: ping`);
    const event = await bot.recv();
    context.expect(event).toMatchObject({ data: "ping", addressed: true, from: { room } });
    await bot.answer(event, "pong");
    context.expect(await alice.heard(`@${room}`)).toBe(`alice${n}: pong`);
    context.expect(await bob.rest(/pong/u)).toEqual([]);
  });

  it("a wrong SASL password is a config error that names the flag, and stays out of the log", async (context) => {
    const { input, logged } = await startInput(server.port, {
      irc_nick: `bot${++names}`,
      irc_sasl_user: "micro",
      irc_sasl_password: "wrong password",
    });
    context.onTestFinished(() => input.stop());
    await context
      .expect(input.stream())
      .rejects.toMatchObject({ code: "config", message: /irc_sasl_password/u });
    const encoded = Buffer.from("micro\0micro\0wrong password").toString("base64");
    context
      .expect(logged.join("\n"))
      .not.toMatch(new RegExp(`wrong password|${RegExp.escape(encoded)}`, "u"));
  });

  it("msgid is the event's id, and somebody else's echo has the same", async (context) => {
    const { n, room, person, bot: start } = stage(() => server, context);
    const bot = await start();
    const alice = await person(`alice${n}`);
    alice.send("CAP REQ :message-tags echo-message");
    await alice.next(/ ACK /u);
    alice.say(room, "hello");
    const echo = await alice.next(/ PRIVMSG /u);
    context.expect(echo).toContain(`msgid=${(await bot.recv()).id}`);
  });

  it("a bot that says so runs nothing", async (context) => {
    const { n, room, person, bot: start } = stage(() => server, context);
    const bot = await start();
    const robot = await person(`robot${n}`);
    robot.send(`MODE robot${n} +B`);
    robot.say(room, `bot${n}: ping`);
    context.expect(await bot.recv()).toMatchObject({ data: `bot${n}: ping`, addressed: false });
  });

  it("bot mode is set on the bot itself", async (context) => {
    const { n, person, bot: start } = stage(() => server, context);
    await start();
    const alice = await person(`alice${n}`);
    alice.send(`WHOIS bot${n}`);
    context.expect(await alice.next(/ (?:335|318) /u)).toContain(" 335 ");
  });

  it("a message that a channel does not take is denied, in the server's words", async (context) => {
    const { n, person, bot: start } = stage(() => server, context);
    const bot = await start();
    // Channels are +n: only those inside may speak.
    await person(`alice${n}`, undefined, [`#inside${n}`]);
    await context.expect(bot.say(`#inside${n}`, "hello")).rejects.toMatchObject({
      code: "denied",
      message: /Cannot send to channel/u,
    });
  });

  it("long lines arrive whole", async (context) => {
    const { n, room, person, bot: start } = stage(() => server, context);
    const alice = await person(`alice${n}`);
    const bot = await start();
    const text = "ünbroken".repeat(150);
    await bot.say(room, text);
    let heard = "";
    while (heard.length < text.length) heard += await alice.heard(room);
    context.expect(heard).toBe(text);
  });
});

describe.skipIf(noAtheme).concurrent("on InspIRCd without account-tag", () => {
  let server: Inspircd;
  beforeAll(async () => {
    server = await startInspircd({ accounts: ACCOUNTS, without: ["ircv3_accounttag"] });
  });
  afterAll(() => server?.stop());

  accounts(() => server);

  it("somebody who shares no room is not vouched for", async (context) => {
    const { n, person, bot: start } = stage(() => server, context);
    const bot = await start();
    const bob = await person(`bob${n}`, LOGIN, []);
    bob.say(`bot${n}`, "ping");
    context.expect(await who(bot)).toBe(`bob${n} 0, as bob${n}`);
  });
});

describe.skipIf(noAtheme).concurrent("when services are away", () => {
  it("an account cannot be logged in to, which is not_connected, since they may come back", async (context) => {
    const server = await startInspircd({ accounts: ACCOUNTS });
    context.onTestFinished(() => server.stop());
    await server.stopServices();
    const { input } = await startInput(server.port, { irc_sasl_user: "micro", irc_sasl_password: "hunter2" });
    context.onTestFinished(() => input.stop());
    await context
      .expect(input.stream())
      .rejects.toMatchObject({ code: "not_connected", message: /irc_sasl_user/u });
  });
});
