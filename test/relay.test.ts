import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Person as IrcPerson } from "../packages/input-irc/test/person.ts";
import { BOT, type Slack, startSlack } from "../packages/input-slack/test/slack.ts";
import { type BotProcess, startBot } from "./bot.ts";
import { removeDir, tempDir } from "./servers/lib.ts";
import { type MailServer, noMail, startMail } from "./servers/mail.ts";
import { noNgircd, startNgircd } from "./servers/ngircd.ts";
import { noProsody, startProsody } from "./servers/prosody.ts";
import { Person } from "./servers/xmpp-people.ts";

const PASSWORD = "open sesame";
const [MAIL, DAVE] = ["bot@example.test", "dave@example.test"];
const ROOM = "ops@conference.localhost";
const PAIRS = [
  "slack:#ops <-> irc:#ops",
  `irc:#ops <-> xmpp:${ROOM}`,
  `xmpp:${ROOM} <-> slack:#ops`,
  `irc:#mail <-> email:${DAVE}`,
];

/** Three rooms in a ring, and one that is joined with a mailbox. All that each room hears is asked for, in order. */
describe.skipIf(noNgircd ?? noProsody ?? noMail)("one bot that relays between all networks", () => {
  const dir = tempDir("relay");
  const ends: (() => Promise<unknown> | unknown)[] = [];
  let bot: BotProcess;
  let slack: Slack;
  let mail: MailServer;
  let bob: IrcPerson;
  let carol: Person;

  beforeAll(async () => {
    const [ircd, xmpp, post, workspace] = await Promise.all([
      startNgircd(),
      startProsody({ users: { micro: PASSWORD, carol: "c" } }),
      startMail({ users: { [MAIL]: PASSWORD, [DAVE]: "dave's" } }),
      startSlack({ ackWait: 1000, retries: 100 }),
    ]);
    mail = post;
    slack = workspace;
    for (const server of [ircd, xmpp, mail, slack]) ends.push(() => server.stop());
    const ca = join(dir, "ca.pem");
    writeFileSync(ca, readFileSync(mail.caFile));
    bot = startBot(
      [
        "bot",
        "--inputs=irc,xmpp,email,slack",
        `--relay=${PAIRS.join(",")}`,
        `--store=sqlite:${join(dir, "bot.db")}`,
        "--registry=memory",
        ...[
          "--irc_server=127.0.0.1",
          `--irc_port=${ircd.port}`,
          "--irc_channels=#ops,#mail",
          "--irc_pace=0s",
        ],
        ...["--xmpp_jid=micro@localhost", "--xmpp_server=127.0.0.1", `--xmpp_port=${xmpp.port}`],
        ...[`--xmpp_ca=${xmpp.caFile}`, `--xmpp_rooms=${ROOM}`],
        ...[`--email_address=${MAIL}`, "--email_imap_server=127.0.0.1", `--email_imap_port=${mail.imapPort}`],
        ...["--email_smtp_server=127.0.0.1", `--email_smtp_port=${mail.smtpPort}`],
        `--slack_api_url=${slack.apiUrl}`,
      ],
      {
        env: {
          NODE_EXTRA_CA_CERTS: ca,
          MICRO_XMPP_PASSWORD: PASSWORD,
          MICRO_EMAIL_PASSWORD: PASSWORD,
          MICRO_SLACK_TOKEN: slack.botToken,
          MICRO_SLACK_APP_TOKEN: slack.appToken,
        },
      },
    );
    ends.push(() => bot.stop());
    const up = ["irc", "xmpp", "email", "slack"].map((name) =>
      bot.logged(new RegExp(`"${name} is connected"`)),
    );
    await Promise.all(up);
    bob = await IrcPerson.join(ircd.port, "bob", { rooms: ["#ops", "#mail"] });
    ends.push(() => bob.close());
    carol = await Person.join({ ...xmpp, user: "carol", password: "c" });
    ends.push(() => carol.close());
    await carol.enter(ROOM, "carol");
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    removeDir(dir);
  });

  const onIrc = () => bob.heard("#ops", /^micro/u);
  const onXmpp = () => carol.heard(`${ROOM}/micro`);
  const onSlack = async () => {
    const post = await slack.heard();
    expect(post.channel).toBe("C0OPS");
    return post.text;
  };

  async function lines(next: () => Promise<string>, count: number): Promise<string[]> {
    const all: string[] = [];
    while (all.length < count) all.push(await next());
    return all;
  }

  test("says on the others what is said on one, with who it was", async () => {
    slack.say("the build is red");
    expect([await onIrc(), await onXmpp()]).toEqual(Array(2).fill("[alice] the build is red"));
    bob.say("#ops", "looking");
    expect([await onSlack(), await onXmpp()]).toEqual(Array(2).fill("[bob] looking"));
    await carol.say(ROOM, "me too");
    expect([await onSlack(), await onIrc()]).toEqual(Array(2).fill("[carol] me too"));
  });

  test("shows a command and its answer on the others, once, and runs it once", async () => {
    slack.say(`<@${BOT}> ping`);
    expect(await onSlack()).toBe("<@U0ALICE> pong");
    const slacks = ["[alice, to the bot] ping", "(bot, to alice) pong"];
    expect([await lines(onIrc, 2), await lines(onXmpp, 2)]).toEqual([slacks, slacks]);
    bob.say("#ops", "micro: echo one");
    expect(await onIrc()).toBe("bob: one");
    const ircs = ["[bob, to the bot] echo one", "(bot, to bob) one"];
    expect([await lines(onSlack, 2), await lines(onXmpp, 2)]).toEqual([ircs, ircs]);
    await carol.say(ROOM, "micro: echo two");
    expect(await onXmpp()).toBe("carol: two");
    const xmpps = ["[carol, to the bot] echo two", "(bot, to carol) two"];
    expect([await lines(onSlack, 2), await lines(onIrc, 2)]).toEqual([xmpps, xmpps]);
  });

  test("says once what Slack delivers again", async () => {
    slack.swallow = true;
    slack.say("only once");
    expect([await onIrc(), await onXmpp()]).toEqual(Array(2).fill("[alice] only once"));
    slack.swallow = false;
    // What was not acknowledged comes again, and is acknowledged then.
    await expect.poll(() => slack.unacked).toBe(0);
    slack.say("and this");
    expect([await onIrc(), await onXmpp()]).toEqual(Array(2).fill("[alice] and this"));
  });

  test("keeps the sense of threads", async () => {
    bob.say("#ops", "is it the disk?");
    await onXmpp();
    const { ts, text } = await slack.heard();
    expect(text).toBe("[bob] is it the disk?");
    slack.say("yes, it is", { thread_ts: ts });
    expect([await onIrc(), await onXmpp()]).toEqual(
      Array(2).fill("[alice, on “is it the disk?”] yes, it is"),
    );
    slack.say(`<@${BOT}> echo full`, { thread_ts: ts });
    expect(await slack.heard()).toMatchObject({ text: "<@U0ALICE> full", thread_ts: ts });
    expect(await lines(onIrc, 2)).toEqual([
      "[alice, to the bot, on “is it the disk?”] echo full",
      "(bot, to alice, on “is it the disk?”) full",
    ]);
    await lines(onXmpp, 2);
  });

  test("says who it was before each line of many, so that none is a command; and rings nobody", async () => {
    slack.say("<!channel> look:\n!op mallory\n/quit\nmicro: echo no");
    const told = [
      "[alice] @ channel look:",
      "[alice] !op mallory",
      "[alice] /quit",
      "[alice] micro: echo no",
    ];
    expect(await lines(onIrc, 4)).toEqual(told);
    expect((await onXmpp()).split("\n")).toEqual(told);
    bob.say("#ops", "<!channel> & <@U0BOB>");
    const { text } = await slack.heard();
    expect(text).toBe("[bob] &lt;!channel&gt; &amp; &lt;@U0BOB&gt;");
    await onXmpp();
  });

  test("says who it was before each piece of a line that is too long for one message", async () => {
    const words = `${"word ".repeat(150)}${"字".repeat(150)} !op mallory`;
    slack.say(words);
    const shown: string[] = [];
    while (!shown.at(-1)?.endsWith("mallory")) shown.push(await onIrc());
    expect(shown.filter((line) => !line.startsWith("[alice] "))).toEqual([]);
    const letters = (text: string) => text.replaceAll(/\[alice\] |\s/gu, "");
    expect(letters(shown.join(""))).toBe(letters(words));
    await onXmpp();
  });

  test("says what somebody does as such, both ways", async () => {
    bob.say("#ops", "\u0001ACTION waves\u0001");
    expect([await onSlack(), await onXmpp()]).toEqual(["* [bob] waves", "/me [bob] waves"]);
    await carol.say(ROOM, "/me nods");
    expect([await onSlack(), await onIrc()]).toEqual(["* [carol] nods", "\u0001ACTION [carol] nods\u0001"]);
    slack.say("shrugs", { subtype: "me_message" });
    expect([await onIrc(), await onXmpp()]).toEqual([
      "\u0001ACTION [alice] shrugs\u0001",
      "/me [alice] shrugs",
    ]);
  });

  test("names the files that people send, with words and without", async () => {
    slack.say("look", { subtype: "file_share", files: [{ name: "graph.png" }] });
    const told = ["[alice] look", "[alice] [file: graph.png]"];
    expect([await lines(onIrc, 2), (await onXmpp()).split("\n")]).toEqual([told, told]);
    slack.say("", { subtype: "file_share", files: [{ name: "graph.png" }] });
    expect([await onIrc(), await onXmpp()]).toEqual(Array(2).fill("[alice] [file: graph.png]"));
  });

  test("carries a long text whole: where it is cut, more brings the rest", async () => {
    const text = Array.from({ length: 50 }, (_, i) => `line ${i}`);
    slack.say(text.join("\n"));
    const said = text.map((line) => `[alice] ${line}`);
    expect((await onXmpp()).split("\n")).toEqual(said);
    expect(await lines(onIrc, 20)).toEqual([
      ...said.slice(0, 19),
      "… 31 more lines: say 'more' for the rest",
    ]);
    bob.say("#ops", "micro: more");
    await lines(onXmpp, 1);
    await onSlack();
    const second = await lines(onIrc, 20);
    expect([second[0], ...second.slice(1, 19)]).toEqual([`bob: ${said[19]}`, ...said.slice(20, 38)]);
    bob.say("#ops", "micro: more");
    await lines(onXmpp, 1);
    await onSlack();
    expect(await lines(onIrc, 12)).toEqual([`bob: ${said[38]}`, ...said.slice(39)]);
  });

  test("carries between a room and a mailbox", async () => {
    bob.say("#mail", "the disk is full");
    const sent = await mail.delivered(DAVE);
    expect(sent).toMatchObject({ subject: "Said in irc:#mail" });
    expect(sent.text!.trim()).toBe("[bob] the disk is full");
    await mail.deliver(MAIL, {
      from: DAVE,
      to: MAIL,
      subject: "hello",
      text: "ping",
      messageId: "<1@example.test>",
    });
    expect((await mail.delivered(DAVE)).text!.trim()).toBe("pong");
    const heard = () => bob.heard("#mail", /^micro/u);
    expect(await lines(heard, 2)).toEqual(["[dave, to the bot] ping", "(bot, to dave, on “ping”) pong"]);
    await mail.deliver(MAIL, {
      from: DAVE,
      to: MAIL,
      subject: "hello",
      text: "ping",
      messageId: "<2@example.test>",
      attachments: [{ filename: "graph.png", content: "x" }],
    });
    expect((await mail.delivered(DAVE)).text!.trim()).toBe("pong");
    expect((await lines(heard, 3)).slice(0, 2)).toEqual([
      "[dave, to the bot] ping",
      "[dave] [file: graph.png]",
    ]);
  });

  test("carries a part of a flood, and answers meanwhile", async () => {
    for (let i = 0; i < 1000; i++) slack.say(`flood ${i}`);
    bob.say("#ops", "micro: ping");
    const before: string[] = [];
    for (let line = await onIrc(); line !== "bob: pong"; line = await onIrc()) before.push(line);
    expect(before.length).toBeLessThanOrEqual(61);
    slack.say(`<@${BOT}> ping`);
    let post = await slack.heard();
    while (post.text !== "<@U0ALICE> pong") post = await slack.heard();
    let last = before.at(-1) ?? "";
    while (!last.startsWith("(relay)")) last = await onIrc();
    expect(last).toBe("(relay) more is said in slack:#ops than I carry here: I go on in a minute");
    expect(await bob.rest(/^:micro\S* PRIVMSG #ops/u)).toEqual([]);
    expect(slack.violations).toEqual([]);
  });
});
