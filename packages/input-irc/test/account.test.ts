import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Inspircd, noAtheme, startInspircd } from "../../../test/servers/inspircd.ts";
import { Person } from "./person.ts";
import { type Bot, startBot, startInput } from "./support.ts";

const ACCOUNTS = { alice: "sesame", micro: "hunter2" };
const LOGIN: [string, string] = ["alice", "sesame"];

let names = 0;

/** People and a bot in a room of their own. */
function stage(server: () => Inspircd) {
  const room = `#room${++names}`;
  return {
    room,
    async person(nick: string, login?: [string, string]): Promise<Person> {
      const person = await Person.join(server().port, nick, { rooms: [room], ...(login && { login }) });
      onTestFinished(() => person.close());
      return person;
    },
    async bot(values: Record<string, unknown> = {}): Promise<Bot> {
      const bot = await startBot(server().port, { irc_nick: `bot${names}`, irc_channels: [room], ...values });
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
  it("a services account is vouched for, a bare nick is not, even one that is an account's name", async () => {
    const { room, person, bot: start } = stage(server);
    const bot = await start();
    const bob = await person(`bob${names}`, LOGIN);
    const mallory = await person("alice");
    bob.say(room, "1");
    expect(await who(bot)).toBe(`alice 1, as bob${names}`);
    mallory.say(room, "2");
    expect(await who(bot)).toBe("alice 0, as alice");
    await mallory.quit();
  });

  it("somebody who was there before the bot is known too", async () => {
    const { room, person, bot: start } = stage(server);
    const bob = await person(`bob${names}`, LOGIN);
    const carol = await person(`carol${names}`);
    const bot = await start();
    // The answer to the bot's WHO comes before what is said after it: this ping's answer is later than both.
    await bot.say(room, "hello");
    bob.say(room, "1");
    expect(await who(bot)).toBe(`alice 1, as bob${names}`);
    carol.say(room, "2");
    expect(await who(bot)).toBe(`carol${names} 0, as carol${names}`);
  });

  it("an account goes with its person to another nick, and not with the nick to another person", async () => {
    const { room, person, bot: start } = stage(server);
    const bot = await start();
    const [old, next] = [`old${names}`, `new${names}`];
    const bob = await person(old, LOGIN);
    bob.say(room, "1");
    expect(await who(bot)).toBe(`alice 1, as ${old}`);
    const mallory = await person(`mallory${names}`);
    bob.send(`NICK ${next}`);
    await mallory.next(/ NICK /u);
    mallory.send(`NICK ${old}`);
    await bob.next(new RegExp(`mallory\\S+ NICK :?${old}`, "u"));
    mallory.say(room, "2");
    expect(await who(bot)).toBe(`${old} 0, as ${old}`);
    bob.say(room, "3");
    expect(await who(bot)).toBe(`alice 1, as ${next}`);
    await bob.quit();
    mallory.send(`NICK ${next}`);
    await mallory.next(new RegExp(`NICK :?${next}`, "u"));
    mallory.say(room, "4");
    expect(await who(bot)).toBe(`${next} 0, as ${next}`);
  });

  it("logging in and out is followed", async () => {
    const { room, person, bot: start } = stage(server);
    const bot = await start();
    const bob = await person(`bob${names}`);
    bob.say(room, "1");
    expect(await who(bot)).toBe(`bob${names} 0, as bob${names}`);
    bob.say("NickServ", "IDENTIFY alice sesame");
    await bob.next(/ 900 /u);
    bob.say(room, "2");
    expect(await who(bot)).toBe(`alice 1, as bob${names}`);
    bob.say("NickServ", "LOGOUT");
    await bob.next(/ 901 /u);
    bob.say(room, "3");
    expect(await who(bot)).toBe(`bob${names} 0, as bob${names}`);
  });

  it("a reply to an account names its nick in a room, and goes to its nick directly", async () => {
    const { room, person, bot: start } = stage(server);
    const bot = await start();
    const bob = await person(`bob${names}`, LOGIN);
    bob.say(room, `bot${names}: ping`);
    await bot.answer(await bot.recv(), "pong");
    expect(await bob.heard(room)).toBe(`bob${names}: pong`);
    bob.say(`bot${names}`, "ping");
    const event = await bot.recv();
    expect(event.from).toEqual({ input: "irc", room: `bob${names}`, person: "alice" });
    await bot.answer(event, "pong");
    expect(await bob.heard(`bob${names}`)).toBe("pong");
  });
}

describe.skipIf(noAtheme)("on InspIRCd with services", () => {
  let server: Inspircd;
  beforeAll(async () => {
    server = await startInspircd({ accounts: ACCOUNTS });
  });
  afterAll(() => server?.stop());

  accounts(() => server);

  it("somebody who shares no room is vouched for in a direct message", async () => {
    const { bot: start } = stage(() => server);
    const bot = await start();
    const bob = await Person.join(server.port, `bob${names}`, { rooms: [], login: LOGIN });
    onTestFinished(() => bob.close());
    bob.say(`bot${names}`, "ping");
    expect(await who(bot)).toBe(`alice 1, as bob${names}`);
  });

  it("the bot logs in by SASL, over TLS, and others see its account", async () => {
    const before = tls.getCACertificates("default");
    tls.setDefaultCACertificates([...before, server.ca]);
    onTestFinished(() => tls.setDefaultCACertificates(before));
    const { person, bot: start, room } = stage(() => server);
    const alice = await person(`alice${names}`);
    await start({
      irc_server: "localhost",
      irc_port: server.tlsPort,
      irc_tls: true,
      irc_sasl_user: "micro",
      irc_sasl_password: "hunter2",
    });
    alice.send(`WHOIS bot${names}`);
    expect(await alice.next(/ 330 /u)).toContain(" micro :");
    expect(await alice.next(/ 671 /u)).toContain("secure");
    expect(room).toMatch(/^#/u);
  });

  it("a wrong SASL password is a config error that names the flag, and stays out of the log", async () => {
    const { input, logged } = await startInput(server.port, {
      irc_nick: `bot${++names}`,
      irc_sasl_user: "micro",
      irc_sasl_password: "wrong password",
    });
    onTestFinished(() => input.stop());
    await expect(input.stream()).rejects.toMatchObject({ code: "config", message: /irc_sasl_password/u });
    const encoded = Buffer.from("micro\0micro\0wrong password").toString("base64");
    expect(logged.join("\n")).not.toMatch(new RegExp(`wrong password|${RegExp.escape(encoded)}`, "u"));
  });

  it("msgid is the event's id, and somebody else's echo has the same", async () => {
    const { room, person, bot: start } = stage(() => server);
    const bot = await start();
    const alice = await person(`alice${names}`);
    alice.send("CAP REQ :message-tags echo-message");
    await alice.next(/ ACK /u);
    alice.say(room, "hello");
    const echo = await alice.next(/ PRIVMSG /u);
    expect(echo).toContain(`msgid=${(await bot.recv()).id}`);
  });

  it("a bot that says so runs nothing", async () => {
    const { room, person, bot: start } = stage(() => server);
    const bot = await start();
    const robot = await person(`robot${names}`);
    robot.send(`MODE robot${names} +B`);
    robot.say(room, `bot${names}: ping`);
    expect(await bot.recv()).toMatchObject({ data: `bot${names}: ping`, addressed: false });
  });

  it("bot mode is set on the bot itself", async () => {
    const { person, bot: start } = stage(() => server);
    await start();
    const alice = await person(`alice${names}`);
    alice.send(`WHOIS bot${names}`);
    expect(await alice.next(/ (?:335|318) /u)).toContain(" 335 ");
  });

  it("a message that a channel does not take is denied, in the server's words", async () => {
    const { room, person, bot: start } = stage(() => server);
    const op = await person(`op${names}`);
    const bot = await start();
    op.send(`MODE ${room} +m`);
    await op.next(/ MODE \S+ \+m/u);
    await expect(bot.say(room, "hello")).rejects.toMatchObject({
      code: "denied",
      message: /moderated|\+m/iu,
    });
  });

  it("long lines arrive whole", async () => {
    const { room, person, bot: start } = stage(() => server);
    const alice = await person(`alice${names}`);
    const bot = await start();
    const text = "ünbroken".repeat(150);
    await bot.say(room, text);
    let heard = "";
    while (heard.length < text.length) heard += await alice.heard(room);
    expect(heard).toBe(text);
  });
});

describe.skipIf(noAtheme)("on InspIRCd without account-tag", () => {
  let server: Inspircd;
  beforeAll(async () => {
    server = await startInspircd({ accounts: ACCOUNTS, without: ["ircv3_accounttag"] });
  });
  afterAll(() => server?.stop());

  accounts(() => server);

  it("somebody who shares no room is not vouched for", async () => {
    const { bot: start } = stage(() => server);
    const bot = await start();
    const bob = await Person.join(server.port, `bob${names}`, { rooms: [], login: LOGIN });
    onTestFinished(() => bob.close());
    bob.say(`bot${names}`, "ping");
    expect(await who(bot)).toBe(`bob${names} 0, as bob${names}`);
  });
});

describe.skipIf(noAtheme)("when services are away", () => {
  it("an account cannot be logged in to, which is not_connected, since they may come back", async () => {
    const server = await startInspircd({ accounts: ACCOUNTS });
    onTestFinished(() => server.stop());
    await server.stopServices();
    const { input } = await startInput(server.port, { irc_sasl_user: "micro", irc_sasl_password: "hunter2" });
    onTestFinished(() => input.stop());
    await expect(input.stream()).rejects.toMatchObject({ code: "not_connected", message: /irc_sasl_user/u });
  });
});
