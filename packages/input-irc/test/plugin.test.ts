import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { inputs } from "@micro-bot/core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Ngircd, noNgircd, startNgircd } from "../../../test/servers/ngircd.ts";
import { irc } from "../src/plugin.ts";
import { Person } from "./person.ts";
import { type Bot, botOf, contextOf, startBot, startInput, unasked } from "./support.ts";

describe("flags", () => {
  const init = (values: Record<string, unknown>) => () =>
    irc().init(contextOf({ irc_server: "irc.example.org", ...values }));

  it.each([
    [{ irc_server: "irc://x" }, /\[input-irc\] irc_server .*MICRO_IRC_SERVER/u],
    [{ irc_port: 0 }, /irc_port 0 /u],
    [{ irc_port: 65536 }, /irc_port/u],
    [{ irc_port: 1.5 }, /irc_port/u],
    [{ irc_nick: "my bot" }, /irc_nick 'my bot'/u],
    [{ irc_nick: "bot\r\nQUIT" }, /irc_nick/u],
    [{ irc_channels: ["#ops", "dev"] }, /irc_channels 'dev'/u],
    [{ irc_password: "a\r\nQUIT" }, /irc_password/u],
    [{ irc_sasl_user: "bot" }, /irc_sasl_password is required/u],
    [{ irc_sasl_password: "pw" }, /irc_sasl_user is required/u],
    [{ irc_lines: 1 }, /irc_lines/u],
    [{ irc_user: "a b" }, /irc_user/u],
    [{ irc_channels: ["#ops key more"] }, /irc_channels '#ops'/u],
    [{ irc_sasl_mechanism: "MD5" }, /irc_sasl_mechanism/u],
    [{ irc_sasl_mechanism: "external" }, /irc_tls_cert/u],
    [{ irc_sasl_mechanism: "plain" }, /irc_sasl_user/u],
    [{ irc_tls_cert: "a.pem" }, /irc_tls is/u],
    [{ irc_tls_key: "a.pem" }, /irc_tls_cert/u],
    [{ irc_timeout: 0 }, /irc_timeout/u],
  ])("%j is refused by the flag's name", (values, words) => {
    expect(init(values)).toThrow(words);
    expect(init(values)).toThrow(expect.objectContaining({ code: "config" }));
  });

  it("a secret is in no error", () => {
    expect(init({ irc_password: "hunter2\n" })).not.toThrow(/hunter2/u);
  });

  it("a server alone is enough", () => {
    expect(init({})).not.toThrow();
  });
});

it("importing the package registers the input", async () => {
  await import("../src/index.ts");
  expect(inputs.get("irc")?.name).toBe("irc");
});

it("a server that is not there is not_connected", async () => {
  const { input } = await startInput(1);
  await expect(input.stream()).rejects.toMatchObject({
    code: "not_connected",
    message: /cannot connect to 127/u,
  });
  await input.stop();
});

describe.skipIf(noNgircd)("on ngIRCd", () => {
  let server: Ngircd;
  beforeAll(async () => {
    server = await startNgircd();
  });
  afterAll(() => server?.stop());

  let names = 0;
  /** A bot, a person, and a room of their own. */
  async function scene(values: Record<string, unknown> = {}) {
    const n = ++names;
    const room = `#room${n}`;
    const nick = `micro${n}`;
    const bot = await startBot(server.port, { irc_nick: nick, irc_channels: [room], ...values });
    onTestFinished(() => bot.input.stop());
    const alice = await person(`alice${n}`, room);
    return { bot, alice, room, nick };
  }

  async function person(nick: string, ...rooms: string[]): Promise<Person> {
    const somebody = await Person.join(server.port, nick, { rooms });
    onTestFinished(() => somebody.close());
    return somebody;
  }

  it.each([
    ["NICK: ping", "ping"],
    ["NICK, ping", "ping"],
    ["NICK ping", "ping"],
    ["@NICK ping", "ping"],
    ["@NICK: ping", "ping"],
    ["NICK:ping", "ping"],
    ["NICK", ""],
    ["\u0002NICK\u000f: \u000304,12ping\u0003", "ping"],
  ])("a channel line %j is said to the bot", async (line, data) => {
    const { bot, alice, room, nick } = await scene();
    alice.say(room, line.replace("NICK", nick.toUpperCase()));
    expect(await bot.recv()).toMatchObject({
      type: "text",
      data,
      addressed: true,
      assurance: 0,
      from: { input: "irc", room, person: alice.nick },
      to: { input: "irc", room, person: nick },
      meta: { nick: alice.nick },
    });
  });

  it.each(["hello all", "NICKscope is nice", "NICK-2: ping", "ping NICK", "xNICK: ping"])(
    "a channel line %j is not",
    async (line) => {
      const { bot, alice, room, nick } = await scene();
      alice.say(room, line.replace("NICK", nick));
      expect(await bot.recv()).toMatchObject({ data: line.replace("NICK", nick), addressed: false });
    },
  );

  it("a direct message is said to the bot, with its name or without", async () => {
    const { bot, alice, nick } = await scene();
    alice.say(nick, "ping");
    alice.say(nick.toUpperCase(), `${nick}: pong`);
    const from = { input: "irc", room: alice.nick, person: alice.nick };
    expect(await bot.recv()).toMatchObject({ data: "ping", addressed: true, from });
    expect(await bot.recv()).toMatchObject({ data: "pong", addressed: true, from });
  });

  it("a reply names its person in a channel, and goes to the person of a direct message", async () => {
    const { bot, alice, room, nick } = await scene();
    alice.say(room, `${nick}: ping`);
    await bot.answer(await bot.recv(), "pong");
    expect(await alice.heard(room)).toBe(`${alice.nick}: pong`);
    alice.say(nick, "ping");
    await bot.answer(await bot.recv(), "pong");
    expect(await alice.heard(alice.nick)).toBe("pong");
  });

  it("what is said unasked has no prefix, names a person in a room, and reaches a person alone", async () => {
    const { bot, alice, room } = await scene();
    await bot.say(room, "deployed");
    expect(await alice.heard(room)).toBe("deployed");
    await bot.say(room, "deployed", alice.nick);
    expect(await alice.heard(room)).toBe(`${alice.nick}: deployed`);
    await bot.say(alice.nick, "deployed");
    expect(await alice.heard(alice.nick)).toBe("deployed");
    await bot.say("", "deployed", alice.nick);
    expect(await alice.heard(alice.nick)).toBe("deployed");
  });

  it("no line in a channel begins like an order to another bot, and lists stay lists", async () => {
    const { bot, alice, room } = await scene();
    await bot.say(room, "the title is:\n!op mallory\n  .deop alice\n@bot leave\n- one\n-- two\n1.5 s");
    const heard = [];
    for (let i = 0; i < 7; i++) heard.push(await alice.heard(room));
    expect(heard).toEqual([
      "the title is:",
      "> !op mallory",
      ">   .deop alice",
      "> @bot leave",
      "- one",
      "-- two",
      "1.5 s",
    ]);
    await bot.say(alice.nick, "!as it was");
    expect(await alice.heard(alice.nick)).toBe("!as it was");
  });

  it("a reply names who an account is called now", async () => {
    const { bot, alice, room } = await scene();
    await bot.conn.send({ ...unasked(room, "pong", "some account"), meta: { nick: "bob" } });
    expect(await alice.heard(room)).toBe("bob: pong");
  });

  it("choices and files are told in words", async () => {
    const { bot, alice, room } = await scene();
    await bot.conn.send({
      ...unasked(room, "sure?"),
      choices: ["yes", "no"],
      files: [{ name: "a.csv", data: "1" }],
    });
    expect([await alice.heard(room), await alice.heard(room), await alice.heard(room)]).toEqual([
      "sure?",
      "(the file a.csv cannot be sent over IRC)",
      "(yes / no)",
    ]);
  });

  it("NOTICE, CTCP, and what the bot says itself are not heard; /me is, but runs nothing", async () => {
    const { bot, alice, room, nick } = await scene();
    alice.send(
      `NOTICE ${nick} :ping`,
      `PRIVMSG ${nick} :\u0001VERSION\u0001`,
      `PRIVMSG ${nick} :\u0001PING 1\u0001`,
    );
    await bot.say(room, `${nick}: ping`);
    await bot.say(nick, "ping");
    alice.say(nick, "\u0001ACTION ping\u0001");
    expect(await bot.recv()).toMatchObject({ data: "ping", addressed: false, action: true });
    expect(await alice.rest(/^\S+ NOTICE alice/u)).toEqual([]);
  });

  it("what somebody does is said as such", async () => {
    const { bot, alice, room } = await scene();
    await bot.conn.send({ ...unasked(room, "waves\n!op mallory"), action: true });
    expect(await alice.heard(room)).toBe("\u0001ACTION waves\u0001");
    expect(await alice.heard(room)).toBe("\u0001ACTION > !op mallory\u0001");
    const text = "word ".repeat(300);
    await bot.conn.send({ ...unasked(room, text), action: true });
    const lines = [];
    for (let i = 0; i < 4; i++) lines.push(await alice.heard(room));
    expect(lines.map((line) => /^\u0001ACTION (.*)\u0001$/u.exec(line)?.[1]).join(" ")).toBe(text.trim());
  });

  it.each(["micro[ops]", "bot|x", "[{^`}]", "_-_"])(
    "a nick %j, which is no user name, connects",
    async (nick) => {
      const { bot, alice, room } = await scene({ irc_nick: nick });
      await bot.say(room, "hello");
      expect(await alice.heard(room)).toBe("hello");
    },
  );

  it("the user name may be chosen", async () => {
    const { bot, alice, room, nick } = await scene({ irc_user: "chatops" });
    await bot.say(room, "hello");
    expect(await alice.next(/ PRIVMSG /u)).toMatch(new RegExp(`^:${nick}!~?chatops@`, "u"));
  });

  it("a message to nobody is refused, and says so", async () => {
    const { bot } = await scene();
    await expect(bot.say("nobody", "hello")).rejects.toMatchObject({
      code: "failed",
      message: /nobody: No such nick/u,
    });
    await expect(bot.say("#nowhere", "hello")).rejects.toMatchObject({ code: "failed" });
  });

  it("a channel that does not let the bot speak is denied", async () => {
    const { bot, alice } = await scene();
    const closed = `#closed${names}`;
    alice.send(`JOIN ${closed}`, `MODE ${closed} +n`);
    await alice.rest(/x/u);
    await expect(bot.say(closed, "hello")).rejects.toMatchObject({ code: "denied" });
  });

  it("a refusal is of its own message, not of those before and after", async () => {
    const { bot, alice, room } = await scene();
    const all = await Promise.allSettled([
      bot.say(room, "one"),
      bot.say("nobody", "two\nthree\nfour"),
      bot.say(room, "five"),
      bot.say("nobody", "six"),
      bot.say(alice.nick, "seven"),
    ]);
    expect(all.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
  });

  it.each(["", "#a,#b", "#a #b", "a b", ":x", "#a\r\nQUIT", "#a\0", "$*", "*", "a!b@c", "#"])(
    "a room %j is refused and nothing is written",
    async (room) => {
      const { bot } = await scene();
      const before = bot.logged.filter((line) => line.includes('"out"')).length;
      await expect(bot.say(room, "hello")).rejects.toMatchObject({ code: "invalid" });
      expect(bot.logged.filter((line) => line.includes('"out"'))).toHaveLength(before);
    },
  );

  it("a room whose name leaves no place for words is refused", async () => {
    const { bot } = await scene();
    await expect(bot.say(`#${"x".repeat(480)}`, "hello")).rejects.toMatchObject({ code: "invalid" });
  });

  it.each(["", "\n\n", "\r\n \0"])("nothing to say, %j, is refused", async (text) => {
    const { bot, room, alice } = await scene();
    await expect(bot.say(room, text)).rejects.toMatchObject({ code: "invalid" });
    await expect(bot.say(room, text, alice.nick)).rejects.toMatchObject({ code: "invalid" });
  });

  it("line breaks, NUL and control characters do not get out of a message", async () => {
    const { bot, alice, room } = await scene();
    await bot.say(room, "one\r\nQUIT :x\nPRIVMSG #x :y\rtwo\0three\u0001ACTION waves\u0001\u0002");
    const heard = [];
    for (let i = 0; i < 4; i++) heard.push(await alice.heard(room));
    expect(heard).toEqual(["one", "QUIT :x", "PRIVMSG #x :y", "twothreeACTION waves"]);
    await bot.say(room, "here", "bob\r\nQUIT");
    expect([await alice.heard(room), await alice.heard(room)]).toEqual(["bob", "QUIT: here"]);
    expect(await alice.rest(/ QUIT /u)).toEqual([]);
  });

  it("long text arrives whole, in lines that nobody cuts", async () => {
    const { bot, alice, room, nick } = await scene();
    const text = Array.from({ length: 300 }, (_, i) => `wörd${i} 👩‍👩‍👧‍👦é`).join(" ");
    await bot.say(room, text);
    await bot.say(room, "end");
    const heard: string[] = [];
    for (let line = await alice.next(new RegExp(`^:${nick}!`, "u")); !line.endsWith(":end"); ) {
      expect(Buffer.byteLength(line) + 2).toBeLessThanOrEqual(512);
      heard.push(line.slice(line.indexOf(" :") + 2));
      line = await alice.next(new RegExp(`^:${nick}!`, "u"));
    }
    expect(heard.length).toBeGreaterThan(10);
    expect(heard.join(" ")).toBe(text);
  });

  it("irc_lines lines fit one reply, counted as they will be cut", async () => {
    const { bot, room } = await scene({ irc_lines: 3 });
    const fits = (data: string, person?: string) => bot.input.fits!(unasked(room, data, person));
    expect(fits("a\n\nb\nc")).toBe(true);
    expect(fits("a\nb\nc\nd")).toBe(false);
    expect(fits("word ".repeat(180), "bob")).toBe(true);
    expect(fits("word ".repeat(300), "bob")).toBe(false);
  });

  it("a burst is heard and answered in order", async () => {
    const { bot, alice, room, nick } = await scene();
    const numbers = Array.from({ length: 200 }, (_, i) => `${i}`);
    for (const number of numbers) alice.say(room, `${nick}: ${number}`);
    const heard = [];
    for (const _ of numbers) heard.push(await bot.recv());
    expect(heard.map(({ data }) => data)).toEqual(numbers);
    expect(new Set(heard.map(({ id }) => id)).size).toBe(numbers.length);
    await Promise.all(heard.map((event) => bot.answer(event, event.data)));
    for (const number of numbers) expect(await alice.heard(room)).toBe(`${alice.nick}: ${number}`);
  });

  it("a long reply does not keep another room waiting", async () => {
    const { bot, alice, room } = await scene({ irc_pace: 20 });
    const order: string[] = [];
    const long = bot
      .say(room, Array.from({ length: 15 }, (_, i) => `${i}`).join("\n"))
      .then(() => order.push("long"));
    const short = bot.say(alice.nick, "pong").then(() => order.push("short"));
    await Promise.all([long, short]);
    expect(order).toEqual(["short", "long"]);
  });

  it("what was not said yet of a reply that nobody waits for is left out, and what was is known to be taken", async () => {
    const { bot, alice, room } = await scene({ irc_pace: 200 });
    const over = new AbortController();
    const long = bot.conn.send(
      unasked(room, Array.from({ length: 15 }, (_, i) => `${i}`).join("\n")),
      over.signal,
    );
    expect(await alice.heard(room)).toBe("0");
    over.abort();
    const short = bot.say(room, "cancelled");
    const heard: string[] = [];
    do heard.push(await alice.heard(room));
    while (heard.at(-1) !== "cancelled");
    await Promise.all([long, short]);
    // The burst was out before she heard the first of it.
    expect(heard.length).toBeLessThan(10);
  });

  it("lines are paced after the burst, and pings count", async () => {
    const { bot, room } = await scene({ irc_pace: 50 });
    const began = performance.now();
    // Joining took two of the burst's five, and time gives back one in 50 ms: at least ten of these twelve wait.
    await Promise.all(Array.from({ length: 6 }, (_, i) => bot.say(room, `${i}`)));
    expect(performance.now() - began).toBeGreaterThan(300);
  });

  describe("nicks", () => {
    it("when the nick is taken, one near it is used, both are heard, and status says so", async () => {
      const taken = `taken${++names}`;
      const holder = await person(taken, "#nicks");
      const bot = await startBot(server.port, { irc_nick: taken, irc_channels: ["#nicks"] });
      onTestFinished(() => bot.input.stop());
      holder.say("#nicks", `${taken}_: ping`);
      expect(await bot.recv()).toMatchObject({ addressed: true, data: "ping", to: { person: `${taken}_` } });
      holder.say("#nicks", `${taken}: ping`);
      expect(await bot.recv()).toMatchObject({ addressed: true, data: "ping" });
      expect(bot.input.status?.()).toEqual([
        { name: "irc nick", state: "up", note: `${taken}_, while ${taken} is taken` },
      ]);
      const other = await person(`other${names}`, "#nicks");
      await holder.quit();
      await other.next(new RegExp(`^:${taken}_!\\S+ NICK :?${taken}$`, "u"));
      other.say(taken, "ping");
      expect(await bot.recv()).toMatchObject({ data: "ping", to: { person: taken } });
      expect(bot.input.status?.()).toEqual([]);
    });

    it("it is taken back when its holder takes another", async () => {
      const taken = `taken${++names}`;
      const holder = await person(taken, "#nicks2");
      const bot = await startBot(server.port, { irc_nick: taken, irc_channels: ["#nicks2"] });
      onTestFinished(() => bot.input.stop());
      holder.send(`NICK former${names}`);
      await holder.next(new RegExp(`^:${taken}_!\\S+ NICK :?${taken}$`, "u"));
    });

    it("it is taken back when nobody says that it is free", async () => {
      const taken = `taken${++names}`;
      const holder = await person(taken, "#elsewhere");
      const bot = await startBot(server.port, {
        irc_nick: taken,
        irc_channels: ["#nicks3"],
        irc_timeout: 300,
      });
      onTestFinished(() => bot.input.stop());
      const other = await person(`other${names}`, "#nicks3");
      await holder.quit();
      await other.next(new RegExp(`^:${taken}_!\\S+ NICK :?${taken}$`, "u"));
    });

    it("when the server allows no longer nick, one of the same length is used", async () => {
      const longest = `x${"y".repeat(29)}`;
      await person(longest);
      const bot = await startBot(server.port, { irc_nick: longest });
      onTestFinished(() => bot.input.stop());
      expect(bot.input.status?.()[0]?.note).toContain(`x${"y".repeat(28)}1`);
    });

    it("a nick that the server does not allow is a config error that names the flag", async () => {
      const { input } = await startInput(server.port, { irc_nick: "9lives" });
      onTestFinished(() => input.stop());
      await expect(input.stream()).rejects.toMatchObject({ code: "config", message: /irc_nick/u });
    });
  });

  describe("channels", () => {
    it("one that does not let the bot in is in the status and ends nothing", async () => {
      const { alice } = await scene();
      const closed = `#closed${names}`;
      alice.send(`JOIN ${closed}`, `MODE ${closed} +i`);
      await alice.rest(/x/u);
      const bot = await startBot(server.port, { irc_nick: `b${names}`, irc_channels: [closed, "#open"] });
      onTestFinished(() => bot.input.stop());
      expect(bot.input.status?.()).toEqual([
        { name: `irc ${closed}`, state: "down", note: expect.stringMatching(/invite/iu) },
      ]);
      expect(bot.logged.filter((line) => line.startsWith("warn"))).toHaveLength(1);
      alice.send(`INVITE b${names} ${closed}`);
      await alice.next(new RegExp(`^:b${names}!\\S+ JOIN`, "u"));
      alice.say(closed, "hello");
      expect(await bot.recv()).toMatchObject({ from: { room: closed } });
      expect(bot.input.status?.()).toEqual([]);
    });

    it("one with a key is entered with it, beside others; the key is in no log line", async () => {
      const { alice } = await scene();
      const n = names;
      alice.send(`JOIN #key${n}`, `MODE #key${n} +k sesame`, `JOIN #wrong${n}`, `MODE #wrong${n} +k barley`);
      await alice.rest(/x/u);
      const channels = [`#free${n}`, `#wrong${n} sesame`, `#key${n} sesame`];
      const bot = await startBot(server.port, { irc_nick: `y${n}`, irc_channels: channels });
      onTestFinished(() => bot.input.stop());
      expect(bot.input.status?.()).toEqual([
        { name: `irc #wrong${n}`, state: "down", note: expect.stringMatching(/\+k|key/iu) },
      ]);
      expect(bot.logged.join("\n")).not.toContain("sesame");
      alice.say(`#key${n}`, "hello");
      expect(await bot.recv()).toMatchObject({ from: { room: `#key${n}` } });
    });

    it("after a kick it comes back once", async () => {
      const n = ++names;
      const op = await person(`op${n}`, `#kick${n}`);
      const bot = await startBot(server.port, {
        irc_nick: `k${n}`,
        irc_channels: [`#kick${n}`],
        irc_rejoin: 20,
      });
      onTestFinished(() => bot.input.stop());
      const joined = new RegExp(`^:k${n}!\\S+ JOIN`, "u");
      await op.next(joined);
      op.send(`KICK #kick${n} k${n} :shoo`);
      await op.next(joined);
      op.send(`KICK #kick${n} k${n} :shoo!`);
      await op.next(/ KICK /u);
      await op.next(/ KICK /u);
      op.say(`k${n}`, "still there?");
      expect(await bot.recv()).toMatchObject({ data: "still there?" });
      expect(bot.input.status?.()).toEqual([
        { name: `irc #kick${n}`, state: "down", note: `kicked by op${n}: shoo!` },
      ]);
    });

    it("a room keeps the name it was configured by", async () => {
      const { alice } = await scene();
      const bot = await startBot(server.port, { irc_nick: `c${names}`, irc_channels: [`#Case${names}`] });
      onTestFinished(() => bot.input.stop());
      alice.send(`JOIN #case${names}`);
      alice.say(`#cASE${names}`, "hello");
      expect(await bot.recv()).toMatchObject({ from: { room: `#Case${names}` } });
    });
  });

  it("close says goodbye, settles a pending recv with closed, and may be called twice", async () => {
    const { bot, alice, nick } = await scene();
    const pending = bot.recv();
    const sending = bot.say("nobody", "hello");
    await Promise.all([
      expect(pending).rejects.toMatchObject({ code: "closed" }),
      expect(sending).rejects.toMatchObject({ code: "not_connected" }),
      bot.conn.close(),
      bot.conn.close(),
    ]);
    await alice.next(new RegExp(`^:${nick}!\\S+ QUIT`, "u"));
    await expect(bot.recv()).rejects.toMatchObject({ code: "closed" });
    await expect(bot.say("#ops", "hello")).rejects.toMatchObject({ code: "not_connected" });
  });

  it("start and stop may be called twice", async () => {
    const { input } = await startInput(server.port, { irc_nick: `s${++names}` });
    await input.start();
    const conn = await input.stream();
    await input.stop();
    await input.stop();
    await expect(conn.recv()).rejects.toMatchObject({ code: "closed" });
    await input.start();
    await input.stream();
    await input.stop();
  });

  it("stop leaves no socket or timer: the process ends by itself", async () => {
    const args = [new URL("./leave.ts", import.meta.url).pathname, String(server.port), `s${++names}`];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10_000 });
    expect(stdout).toBe("stopped\n");
  });

  it("stop ends a connection that is being made", async () => {
    const { input } = await startInput(server.port, { irc_nick: `s${++names}` });
    const streaming = input.stream();
    await Promise.all([expect(streaming).rejects.toMatchObject({ code: "closed" }), input.stop()]);
    await expect(input.stream()).rejects.toMatchObject({ code: "closed" });
  });

  it("TLS is checked: a certificate of an unknown CA is not_connected", async () => {
    const { input } = await startInput(server.tlsPort, { irc_tls: true });
    onTestFinished(() => input.stop());
    await expect(input.stream()).rejects.toMatchObject({ code: "not_connected", message: /certificate/iu });
  });
});

describe.skipIf(noNgircd)("an ngIRCd of its own", () => {
  it("kill -9 of the server is not_connected, and a new stream is in the channels again", async () => {
    const server = await startNgircd();
    onTestFinished(() => server.stop());
    const bot = await startBot(server.port, { irc_channels: ["#ops", "#dev"] });
    onTestFinished(() => bot.input.stop());
    const pending = expect(bot.recv()).rejects.toMatchObject({ code: "not_connected" });
    await server.kill();
    await pending;
    await expect(bot.say("#ops", "hello")).rejects.toMatchObject({ code: "not_connected" });
    await expect(bot.input.stream()).rejects.toMatchObject({ code: "not_connected" });
    await server.start();
    const again: Bot = botOf(bot.input, await bot.input.stream(), bot.logged);
    const alice = await Person.join(server.port, "alice", { rooms: ["#ops", "#dev"] });
    onTestFinished(() => alice.close());
    alice.say("#dev", "micro: ping");
    await again.answer(await again.recv(), "pong");
    expect(await alice.heard("#dev")).toBe("alice: pong");
    alice.say("#ops", "micro: ping");
    expect(await again.recv()).toMatchObject({ data: "ping", from: { room: "#ops" } });
  });

  it("a wrong server password is a config error that names the flag, and stays out of the log", async () => {
    const server = await startNgircd({ password: "sesame" });
    onTestFinished(() => server.stop());
    const wrong = await startInput(server.port, { irc_password: "hunter2" });
    await expect(wrong.input.stream()).rejects.toMatchObject({ code: "config", message: /irc_password/u });
    await wrong.input.stop();
    expect(wrong.logged.join("\n")).toContain("PASS ***");
    expect(wrong.logged.join("\n")).not.toContain("hunter2");
    const right = await startBot(server.port, { irc_password: "sesame" });
    await right.input.stop();
    expect(right.logged.join("\n")).not.toContain("sesame");
  });

  it("with a slow pace, on a server that throttles, the first answer comes at once", async () => {
    const server = await startNgircd({ penalty: -1 });
    onTestFinished(() => server.stop());
    // What had to wait for its turn would be told long after the test is over.
    const bot = await startBot(server.port, { irc_pace: 600_000 });
    onTestFinished(() => bot.input.stop());
    await expect(bot.say("#ops", "one")).resolves.toBeDefined();
  });
});
