// Forged identities over real wires: what from.person and assurance become is decided between a socket and an event.
import { createHmac } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createTransport } from "nodemailer";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Person as IrcPerson } from "../packages/input-irc/test/person.ts";
import { BOT, type Slack, startSlack, TEAM } from "../packages/input-slack/test/slack.ts";
import { tag } from "../packages/input-xmpp/src/tag.ts";
import { type BotProcess, micro, startBot } from "./bot.ts";
import { ALICE, MALLORY, mailForgeries } from "./corpus/email.ts";
import { type IrcForgery, ircForgeries, LOOKALIKES } from "./corpus/irc.ts";
import { relayed } from "./corpus/relay.ts";
import { type SlackForgery, slackForgeries } from "./corpus/slack.ts";
import { OTHERS, type XmppForgery, xmppForgeries } from "./corpus/xmpp.ts";
import { type Inspircd, noAtheme, startInspircd } from "./servers/inspircd.ts";
import { freePort, removeDir, tempDir } from "./servers/lib.ts";
import { type MailServer, noMail, startMail } from "./servers/mail.ts";
import { noProsody, type Prosody, startProsody } from "./servers/prosody.ts";
import { Person, statuses } from "./servers/xmpp-people.ts";

const PASSWORD = "open sesame";
const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const BY_MAIL = "bot@example.test";
const WITNESS = "witness@evil.test";
const ROOMS = { hidden: "ops@conference.localhost", open: "ops@open.localhost" } as const;
const RELAY = "relay@open.localhost";
const VOUCHED = "Authentication-Results: mx.example.test; dmarc=pass header.from=example.test";
const REFUSED = /not done: |I know no command/u;
const RULES = `
people:
  alice: [irc:alice, xmpp:alice@localhost, "email:${ALICE}", slack:U0ALICE]
  mallory: [irc:mallory, xmpp:mallory@localhost, "email:${MALLORY}", slack:U0MALLORY]
rules:
  - { name: guarded, command: [guarded, launch], allow: alice }
`;
const LINK = `import ${JSON.stringify(import.meta.resolve("@micro-bot/bot/plugins"))};
import { appendFileSync } from "node:fs";
import { commands, newCommand } from ${JSON.stringify(import.meta.resolve("@micro-bot/core"))};
const run = (token) => { appendFileSync(process.env.EFFECTS, token + "\\n"); return "did " + token; };
commands.set("^guarded ", newCommand("guarded", "guarded TOKEN", "", (args) => run(args[1])));
commands.set("^launch ", newCommand("launch", "launch TOKEN", "", async (args, ctx) =>
  (await ctx.ask("Sure?", { choices: ["yes", "no"] })) === "yes" ? run(args[1]) : "kept " + args[1]));`;

describe.skipIf(noAtheme ?? noProsody ?? noMail)("a forged identity, over the wire", () => {
  const dir = tempDir("forged");
  const file = (name: string) => join(dir, name);
  const env = { EFFECTS: file("effects"), MICRO_LINK: file("link.js"), MICRO_LOG_LEVEL: "info" };
  const ends: (() => Promise<unknown> | unknown)[] = [];
  let bot: BotProcess;
  let irc: Inspircd;
  let xmpp: Prosody;
  let mail: MailServer;
  let slack: Slack;
  let mailPort: number;
  let bob: IrcPerson;
  let alice: Person;
  let tokens = 0;
  /** Those of alice: what may have an effect. */
  const real: string[] = [];

  beforeAll(async () => {
    writeFileSync(file("access.yaml"), RULES);
    writeFileSync(file("link.js"), LINK);
    const accounts = Object.fromEntries(["alice", "mallory", ...LOOKALIKES].map((name) => [name, "sesame"]));
    const others = Object.entries(OTHERS).map(([host, users]) => [
      host,
      Object.fromEntries(users.map((user) => [user, PASSWORD])),
    ]);
    const { localhost, ...domains } = Object.fromEntries(others);
    mailPort = await freePort();
    [irc, xmpp, mail, slack] = await Promise.all([
      startInspircd({ accounts: { ...accounts, micro: "hunter2hunter2" } }),
      startProsody({
        users: { ...localhost, micro: PASSWORD, alice: PASSWORD },
        others: domains,
        publicJids: false,
        global: `Component "open.localhost" "muc"
          muc_room_locking = false
          muc_room_default_public_jids = true`,
      }),
      startMail({ users: { [BY_MAIL]: PASSWORD, [ALICE]: PASSWORD } }),
      startSlack({ ackWait: 20_000 }),
    ]);
    for (const server of [irc, xmpp, mail, slack]) ends.push(() => server.stop());
    // Whoever is first in a room owns it, and an owner is shown JIDs: the bot is to be none.
    alice = await Person.join({ ...xmpp, user: "alice", password: PASSWORD });
    ends.push(() => alice.close());
    for (const room of [...Object.values(ROOMS), RELAY]) await alice.enter(room, "al");
    bot = startBot(
      [
        "bot",
        "--inputs=irc,xmpp,email,slack",
        `--access_file=${file("access.yaml")}`,
        `--store=sqlite:${file("bot.db")}`,
        "--registry=memory",
        `--relay=irc:#relay <-> xmpp:${RELAY},irc:#relay <-> slack:#dev`,
        ...["--rate=100000", "--room_rate=100000", "--command_rate=100000", "--email_replies=100000"],
        ...[
          "--irc_server=127.0.0.1",
          `--irc_port=${irc.port}`,
          "--irc_channels=#ops,#relay",
          "--irc_pace=0s",
        ],
        ...["--irc_sasl_user=micro", "--irc_sasl_password=hunter2hunter2"],
        ...["--xmpp_jid=micro@localhost", "--xmpp_server=127.0.0.1", `--xmpp_port=${xmpp.port}`],
        ...[`--xmpp_ca=${xmpp.caFile}`, `--xmpp_rooms=${[...Object.values(ROOMS), RELAY].join(",")}`],
        ...[`--email_address=${BY_MAIL}`, `--email_listen=127.0.0.1:${mailPort}`],
        ...["--email_authserv=mx.example.test", "--email_trusted_relays=127.0.0.1"],
        ...["--email_smtp_server=127.0.0.1"],
        `--email_smtp_port=${mail.smtpPort}`,
        `--slack_api_url=${slack.apiUrl}`,
      ],
      {
        env: {
          ...env,
          NODE_EXTRA_CA_CERTS: mail.caFile,
          MICRO_XMPP_PASSWORD: PASSWORD,
          MICRO_EMAIL_PASSWORD: PASSWORD,
          MICRO_SLACK_TOKEN: slack.botToken,
          MICRO_SLACK_APP_TOKEN: slack.appToken,
        },
      },
    );
    ends.push(() => bot.stop());
    await Promise.all(
      ["irc", "xmpp", "email", "slack"].map((name) => bot.logged(new RegExp(`"${name} is connected"`))),
    );
    bob = await IrcPerson.join(irc.port, "bob", { rooms: ["#ops", "#relay"] });
    ends.push(() => bob.close());
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    removeDir(dir);
  });

  const newToken = () => `t${++tokens}`;
  const effects = () =>
    existsSync(env.EFFECTS) ? readFileSync(env.EFFECTS, "utf8").split("\n").slice(0, -1) : [];
  /** A command of alice's own, which is carried out once. */
  const own = () => {
    real.push(newToken());
    return real.at(-1)!;
  };

  describe("on IRC", () => {
    // The server takes a second to let somebody in, so all come at once.
    const guests = new Map<IrcForgery, IrcPerson>();
    beforeAll(async () => {
      const join = async (one: IrcForgery, at: number) => {
        guests.set(one, await joined(`guest${at}`, one.login, []));
        ends.push(() => guests.get(one)!.quit());
      };
      await Promise.all(ircForgeries.map(join));
    });

    test.each(ircForgeries)("by $name", async (forgery: IrcForgery) => {
      const { nick, lines, outcome } = forgery;
      const token = newToken();
      const one = guests.get(forgery)!;
      onTestFinished(() => one.quit());
      one.send(`NICK ${nick}`, "JOIN #ops");
      await one.next(/^\S+ 366 /u);
      one.send(...lines.map((line) => line.replaceAll("COMMAND", `guarded ${token}`)));
      if (outcome === "no")
        await one.next(/(?:^| ):micro\S* PRIVMSG \S+ :.*(?:not done: |I know no command)/u);
      else await nothingOnIrc(one);
      expect(effects()).toEqual(real);
    });

    test("by the nick that alice had, while she is away", async () => {
      const al = await person("al", "alice");
      await al.quit();
      for (const login of [undefined, "mallory"]) {
        const mallory = await person("al", login);
        mallory.say("#ops", `micro: guarded ${newToken()}`);
        await mallory.next(/^:micro\S* PRIVMSG #ops :al: not done/u);
        await mallory.quit();
      }
      expect(effects()).toEqual(real);
    });

    test.each([undefined, "mallory"])(
      "by the nick of alice, whom the bot has asked (account %s)",
      async (login) => {
        const al = await person("alice", "alice");
        const token = newToken();
        al.say("#ops", `micro: launch ${token}`);
        await al.next(/^:micro\S* PRIVMSG #ops :alice: Sure\?/u);
        al.send("NICK al");
        await al.next(/^:alice!\S+ NICK /u);
        const mallory = await person("alice", login);
        for (const target of ["#ops", "micro"]) {
          mallory.say(target, target === "#ops" ? "micro: yes" : "yes");
          await mallory.next(/^:micro\S* PRIVMSG \S+ :.*I know no command/u);
        }
        al.say("#ops", "micro: no");
        await al.next(new RegExp(`^:micro\\S* PRIVMSG #ops :alice: kept ${token}`, "u"));
        expect(effects()).toEqual(real);
      },
    );

    test.each(["alice\0alice\0wrong", "alice\0mallory\0sesame", "alice\0a1ice\0sesame", "ALICE\0\0"])(
      "by a login as %j",
      async (words) => {
        const one = await person("mallory");
        one.send("CAP REQ :sasl");
        await one.next(/CAP \S+ ACK/u);
        one.send("AUTHENTICATE PLAIN");
        await one.next(/^AUTHENTICATE/u);
        one.send(`AUTHENTICATE ${Buffer.from(words).toString("base64")}`);
        await one.next(/ 90[3-9] /u);
        one.say("#ops", `micro: guarded ${newToken()}`);
        await one.next(/^:micro\S* PRIVMSG #ops :mallory: not done/u);
        expect(effects()).toEqual(real);
      },
    );
  });

  describe("on XMPP", () => {
    test.each(xmppForgeries)(
      "by $name",
      async ({ jid, resource, place, nick, stanza, outcome }: XmppForgery) => {
        const token = newToken();
        const one = await member(jid, resource);
        const to = place === "direct" ? "micro@localhost" : ROOMS[place];
        const named = place === "direct" ? "" : await enter(one, to, nick!);
        const type = place === "direct" ? "chat" : "groupchat";
        const spoken = place === "direct" ? "" : "micro: ";
        one.write(
          stanza
            .replaceAll("TO", to)
            .replaceAll("TYPE", type)
            .replaceAll("COMMAND", `${spoken}guarded ${token}`),
        );
        const of = place === "direct" ? "micro@localhost/" : `${to}/micro`;
        if (outcome === "no") expect(await one.heard(of)).toMatch(REFUSED);
        else {
          const seen = newToken();
          one.send(tag("message", { to, type }, tag("body", {}, `${spoken}echo ${seen}`)));
          expect(await one.heard(of)).toBe(named === "" ? seen : `${named}: ${seen}`);
        }
        expect(effects()).toEqual(real);
      },
    );

    test("by the nick of alice, whom the bot has asked", async () => {
      const token = newToken();
      const asked = await member("alice@localhost", "tablet");
      await enter(asked, ROOMS.open, "alice");
      await asked.say(ROOMS.open, `micro: launch ${token}`);
      expect(await asked.heard(`${ROOMS.open}/micro`)).toMatch(/^alice: Sure\?/u);
      await enter(asked, ROOMS.open, "alice2");
      const mallory = await member("mallory@localhost");
      await enter(mallory, ROOMS.open, "alice");
      await mallory.say(ROOMS.open, "micro: yes");
      expect(await mallory.heard(`${ROOMS.open}/micro`)).toMatch(REFUSED);
      expect(await asked.heard(`${ROOMS.open}/micro`)).toMatch(REFUSED);
      await asked.say(ROOMS.open, "micro: no");
      expect(await asked.heard(`${ROOMS.open}/micro`)).toBe(`alice: kept ${token}`);
      expect(effects()).toEqual(real);
    });
  });

  describe("by mail", () => {
    test.each(mailForgeries)("with $name", async ({ head, outcome, told = ALICE }) => {
      const token = newToken();
      await post([...head, `Subject: ${token}`], `guarded ${token}`);
      if (outcome === "no") expect((await mail.delivered(told)).text).toMatch(REFUSED);
      else {
        await post([`From: ${WITNESS}`, "Subject: x"], `echo ${token}`);
        expect((await mail.delivered(WITNESS)).text!.trim()).toBe(token);
      }
      expect([ALICE, MALLORY, WITNESS].flatMap((address) => mail.waiting(address))).toEqual([]);
      expect(effects()).toEqual(real);
    });

    test("in the thread of alice, whom the bot has asked", async () => {
      const token = newToken();
      await post([VOUCHED, `From: ${ALICE}`, "Subject: x"], `launch ${token}`);
      const { messageId, references } = await mail.delivered(ALICE);
      const thread = [`In-Reply-To: ${messageId}`, `References: ${[references].flat().join(" ")}`];
      for (const from of [ALICE, MALLORY]) {
        await post([`From: ${from}`, "Subject: Re: x", ...thread], "yes");
        expect((await mail.delivered(from)).text).toMatch(REFUSED);
      }
      await post([VOUCHED, `From: ${ALICE}`, "Subject: Re: x", ...thread], "no");
      expect((await mail.delivered(ALICE)).text!.trim()).toBe(`kept ${token}`);
      expect(effects()).toEqual(real);
    });
  });

  describe("on Slack", () => {
    test.each(slackForgeries)("by $name", async ({ type, fields, outer, outcome }: SlackForgery) => {
      const ts = slack.newTs();
      const usual = { type: "message", user: "U0MALLORY", text: "<@BOT> COMMAND", ts, event_ts: ts };
      const place = { channel: "C0OPS", channel_type: "channel", team: TEAM };
      const filled = filledIn(type === "events_api" ? { ...usual, ...place, ...fields } : fields, newToken());
      if (type === "events_api") slack.event(filled, outer);
      else slack.envelope(type, filled);
      if (outcome === "no") expect((await onSlack()).text).toMatch(REFUSED);
      else await nothingOnSlack();
      expect(effects()).toEqual(real);
    });

    test("by her id in another workspace, when the bot has asked her", async () => {
      const token = newToken();
      slack.say(`<@${BOT}> launch ${token}`);
      const question = await onSlack();
      expect(question.text).toContain("Sure?");
      slack.say(`<@${BOT}> yes`, { user_team: "T99999999" });
      expect((await onSlack()).text).toMatch(REFUSED);
      slack.press(question, "yes", "U0MALLORY");
      await expect.poll(() => slack.ephemerals.at(-1)).toMatchObject({ user: "U0MALLORY" });
      slack.press(question, "no");
      expect((await onSlack()).text).toBe(`<@U0ALICE> kept ${token}`);
      expect(effects()).toEqual(real);
    });

    test("by requests that Slack did not sign, or signed for another time or another text", async () => {
      const { workspace, port } = await byHttp();
      const token = own();
      const body = said(`<@${BOT}> guarded ${token}`);
      const now = Math.floor(Date.now() / 1000);
      const good = signed(body, now);
      expect((await send(port, body, good)).status).toBe(200);
      expect((await workspace.heard()).text).toBe(`<@U0ALICE> did ${token}`);
      const other = said(`<@${BOT}> guarded ${newToken()}`);
      const forged: readonly (readonly [string, string, Record<string, string>])[] = [
        ["no signature", other, {}],
        ["no time", other, { "x-slack-signature": signed(other, now)["x-slack-signature"]! }],
        ["no secret", other, signed(other, now, "")],
        ["another secret", other, signed(other, now, "guess")],
        ["the signature of another text", other, good],
        ["an old time", other, signed(other, now - 400)],
        ["a time to come", other, signed(other, now + 400)],
        [
          "another time than was signed",
          other,
          { ...signed(other, now - 400), "x-slack-request-timestamp": `${now}` },
        ],
        ["a time that is no number", other, signed(other, Number.NaN)],
        ["a time with a sign", other, { ...signed(other, now), "x-slack-request-timestamp": `+${now}` }],
        ["a signature cut short", other, shortened(signed(other, now))],
        ["an empty signature", other, { ...signed(other, now), "x-slack-signature": "v0=" }],
        [
          "another version",
          other,
          {
            ...signed(other, now),
            "x-slack-signature": signed(other, now)["x-slack-signature"]!.replace("v0", "v1"),
          },
        ],
        ["the shared secret as a token", JSON.stringify({ ...JSON.parse(other), token: SECRET }), {}],
        ["a letter more than was signed", `${other} `, signed(other, now)],
      ];
      for (const [name, text, headers] of forged)
        expect.soft((await send(port, text, headers)).status, name).toBe(401);
      // What was heard before is answered, and not done again.
      for (const again of [good, { ...good, "x-slack-retry-num": "1" }, signed(body, now + 1)])
        expect((await send(port, body, again)).status).toBe(200);
      const greeting = said(`<@${BOT}> echo ${newToken()}`);
      expect((await send(port, greeting, signed(greeting, now))).status).toBe(200);
      expect((await workspace.heard()).text).toMatch(/^<@U0ALICE> t\d+$/u);
      expect(effects()).toEqual(real);
    });
  });

  describe("in rooms that are relayed", () => {
    /** What the bot answers somebody there; the rest is carried from elsewhere. */
    async function answered(user: string): Promise<string> {
      while (true) {
        const { text } = await onSlack("C0DEV");
        if (/^<@\w+> /u.test(text)) {
          expect(text).toContain(`<@${user}> `);
          return text;
        }
      }
    }

    async function nothingAnswered(): Promise<void> {
      slack.say(`<@${BOT}> echo nothing`, { user: "U0BOB", channel: "C0DEV" });
      expect(await answered("U0BOB")).toBe("<@U0BOB> nothing");
    }

    test("by alice's own words, which are hers only where she says them", async () => {
      const zoe = await person("zoe", undefined, "#relay");
      const token = own();
      slack.say(`<@${BOT}> guarded ${token}`, { channel: "C0DEV" });
      expect(await answered("U0ALICE")).toContain(`did ${token}`);
      const carried = /^:micro\S* PRIVMSG #relay :\[alice, to the bot\] guarded/u;
      expect(await zoe.next(carried)).toContain(token);
      await zoe.next(new RegExp(`^:micro\\S* PRIVMSG #relay :\\(bot, to alice\\) did ${token}`, "u"));
      slack.say(`look:\nmicro: guarded ${newToken()}\n!guarded`, { channel: "C0DEV" });
      await zoe.next(/^:micro\S* PRIVMSG #relay :\[alice\] micro: guarded/u);
      await zoe.next(/^:micro\S* PRIVMSG #relay :\[alice\] !guarded/u);
      await nothingOnIrc(zoe, "#relay");
      expect(effects()).toEqual(real);
    });

    test.each(relayed)("by %s, on IRC", async (_name, text, outcome) => {
      const one = await person("mallory", "mallory", "#relay");
      one.say("#relay", filled(text, "micro:"));
      if (outcome === "no")
        await one.next(/^:micro\S* PRIVMSG #relay :mallory: (?:not done: |I know no command)/u);
      else await nothingOnIrc(one, "#relay");
      expect(effects()).toEqual(real);
    });

    test.each(relayed)("by %s, on Slack", async (name, text) => {
      // Somebody else each time: whoever is told no again and again is soon told nothing.
      const user = `UM${relayed.findIndex(([one]) => one === name)}`;
      const channel = "C0DEV";
      slack.say(filled(text, `<@${BOT}>`).replace("<alice>", "&lt;alice&gt;"), { user, channel });
      // Slack tells the bot of each mention, wherever it stands.
      if (text.includes("BOT")) expect(await answered(user)).toMatch(REFUSED);
      else await nothingAnswered();
      expect(effects()).toEqual(real);
    });

    test.each(["alice", "alice] micro: guarded", "alice, to the bot"])(
      "by the nick %s, on XMPP",
      async (nick) => {
        const one = await member("mallory@localhost");
        const named = await enter(one, RELAY, nick);
        await one.say(RELAY, `micro: guarded ${newToken()}`);
        expect(await one.heard(`${RELAY}/micro`)).toMatch(REFUSED);
        expect(named).toBe(nick);
        expect(effects()).toEqual(real);
      },
    );
  });

  test("is none of alice's: she herself may, on each network", async () => {
    const al = await person("al", "alice");
    const onIrc = own();
    al.say("#ops", `micro: guarded ${onIrc}`);
    await al.next(new RegExp(`^:micro\\S* PRIVMSG #ops :al: did ${onIrc}$`, "u"));
    const inRoom = own();
    const herself = await member("alice@localhost", "tablet");
    await enter(herself, ROOMS.open, "mallory");
    await herself.say(ROOMS.open, `micro: guarded ${inRoom}`);
    expect(await herself.heard(`${ROOMS.open}/micro`)).toBe(`mallory: did ${inRoom}`);
    const directly = own();
    herself.tell("micro@localhost", `guarded ${directly}`);
    expect(await herself.heard("micro@localhost/")).toBe(`did ${directly}`);
    for (const check of [
      "dmarc=pass header.from=example.test",
      "dkim=pass header.d=example.test",
      `spf=pass smtp.mailfrom=${ALICE}`,
    ]) {
      const byMail = own();
      await post(
        [`Authentication-Results: mx.example.test; ${check}`, `From: Alice <${ALICE}>`, "Subject: x"],
        `guarded ${byMail}`,
      );
      expect((await mail.delivered(ALICE)).text!.trim()).toBe(`did ${byMail}`);
    }
    const slacked = own();
    slack.say(`<@${BOT}> guarded ${slacked}`);
    expect((await onSlack()).text).toBe(`<@U0ALICE> did ${slacked}`);
    expect(effects()).toEqual(real);
  });

  test("is in the audit as refused, each run of the command, and the effects are alice's alone", async () => {
    await bot.stop();
    expect(effects()).toEqual(real);
    expect(slack.violations).toEqual([]);
    const all = records();
    const asked = all.filter(({ kind, command }) => kind === "asked" && command === "guarded");
    const isEnd = ({ kind }: Told) => kind === "done" || kind === "refused";
    const ended = new Map(all.filter(isEnd).map((one) => [one.run, one]));
    const isReal = ({ text = "" }: Told) => real.some((token) => text === `guarded ${token}`);
    for (const one of asked)
      expect
        .soft(ended.get(one.run), one.text)
        .toMatchObject(isReal(one) ? { kind: "done" } : { kind: "refused", code: "denied" });
    expect(asked.filter((one) => !isReal(one)).length).toBeGreaterThan(100);
    const { code, out } = await micro(["audit", "verify"], {
      env: { ...env, MICRO_STORE: `sqlite:${file("bot.db")}` },
    });
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("unbroken") });
  });

  interface Told {
    readonly kind: string;
    readonly run: string;
    readonly command?: string;
    readonly text?: string;
  }

  function records(): Told[] {
    const db = new DatabaseSync(file("bot.db"), { readOnly: true });
    const under = "CAST(key AS TEXT) GLOB 'plugin/stream-audit/record/*'";
    const rows = db.prepare(`SELECT value FROM entries WHERE ${under} ORDER BY key`).all();
    db.close();
    return rows.map(({ value }) => JSON.parse(String(value)));
  }

  async function person(nick: string, login?: string, room = "#ops"): Promise<IrcPerson> {
    const one = await joined(nick, login, [room]);
    // Its nick is free for the next when the server has closed the connection.
    onTestFinished(() => one.quit());
    return one;
  }

  function joined(nick: string, login?: string, rooms = ["#ops"]): Promise<IrcPerson> {
    const account = login !== undefined && { login: [login, "sesame"] as [string, string] };
    return IrcPerson.join(irc.port, nick, { rooms, ...account });
  }

  /** A witness sees that the bot, which was asked after that, answers; whoever forged was not answered. */
  async function nothingOnIrc(one: IrcPerson, room = "#ops"): Promise<void> {
    await one.rest(/^/u);
    const seen = newToken();
    bob.say(room, `micro: echo ${seen}`);
    await bob.next(new RegExp(`^:micro\\S* PRIVMSG ${room} :bob: ${seen}$`, "u"));
    expect(await one.rest(/(?:^| ):micro\S* (?:PRIVMSG|NOTICE) \S+ :(?!bob: |[[(])/u)).toEqual([]);
  }

  async function member(jid: string, resource?: string): Promise<Person> {
    const at = jid.lastIndexOf("@");
    const [user, host] = [jid.slice(0, at), jid.slice(at + 1)];
    const one = await Person.join({ ...xmpp, host, user, password: PASSWORD }, resource);
    onTestFinished(() => one.close());
    return one;
  }

  /** Enters under a nick; resolves with what the room makes of it. */
  async function enter(one: Person, room: string, nick: string): Promise<string> {
    const muc = "http://jabber.org/protocol/muc";
    const history = tag("history", { maxstanzas: "0" });
    one.send(tag("presence", { to: `${room}/${nick}` }, tag("x", { xmlns: muc }, history)));
    const { attrs } = await one.next((seen) => statuses(seen).includes("110"));
    return attrs.from!.slice(room.length + 1);
  }

  async function post(head: readonly string[], text: string): Promise<void> {
    const id = `Message-ID: <${crypto.randomUUID()}@evil.test>`;
    const transport = createTransport({ host: "127.0.0.1", port: mailPort, ignoreTLS: true });
    const raw = [...head, `To: ${BY_MAIL}`, id, "", text, ""].join("\r\n");
    await transport.sendMail({ envelope: { from: MALLORY, to: [BY_MAIL] }, raw });
  }

  const filled = (text: string, name: string) =>
    text.replaceAll("BOT", name).replaceAll("COMMAND", `guarded ${newToken()}`);

  function filledIn(fields: object, token: string): Record<string, unknown> {
    const text = JSON.stringify(fields)
      .replaceAll("<@BOT>", `<@${BOT}>`)
      .replaceAll("COMMAND", `guarded ${token}`)
      .replaceAll('"TS"', JSON.stringify(slack.newTs()));
    return JSON.parse(text);
  }

  async function nothingOnSlack(): Promise<void> {
    const seen = newToken();
    slack.say(`<@${BOT}> echo ${seen}`, { user: "U0BOB" });
    expect((await onSlack()).text).toBe(`<@U0BOB> ${seen}`);
  }

  /** The next that the bot says in a channel. */
  async function onSlack(channel = "C0OPS"): ReturnType<Slack["heard"]> {
    while (true) {
      const post = await slack.heard();
      if (post.channel === channel) return post;
    }
  }

  /** A second bot, which Slack calls by HTTP. */
  async function byHttp(): Promise<{ workspace: Slack; port: number }> {
    const workspace = await startSlack();
    onTestFinished(() => workspace.stop());
    const port = await freePort();
    const one = startBot(
      [
        "bot",
        "--inputs=slack",
        `--access_file=${file("access.yaml")}`,
        "--registry=memory",
        `--slack_api_url=${workspace.apiUrl}`,
        `--slack_port=${port}`,
      ],
      { env: { ...env, MICRO_SLACK_TOKEN: workspace.botToken, MICRO_SLACK_SIGNING_SECRET: SECRET } },
    );
    onTestFinished(() => one.stop());
    await one.logged(/slack is connected/);
    return { workspace, port };
  }

  function said(text: string): string {
    const ts = `1.${String(++tokens).padStart(6, "0")}`;
    const event = { type: "message", user: "U0ALICE", text, ts, channel: "C0OPS", team: TEAM };
    return JSON.stringify({ type: "event_callback", team_id: TEAM, event_id: ts, event });
  }
});

function signed(body: string, time: number, secret = SECRET): Record<string, string> {
  const signature = createHmac("sha256", secret).update(`v0:${time}:${body}`).digest("hex");
  return { "x-slack-request-timestamp": String(time), "x-slack-signature": `v0=${signature}` };
}

function shortened(headers: Record<string, string>): Record<string, string> {
  return { ...headers, "x-slack-signature": headers["x-slack-signature"]!.slice(0, -1) };
}

function send(port: number, body: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}
