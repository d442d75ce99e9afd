import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { company } from "../packages/input-hipchat/test/company.ts";
import { startSlack } from "../packages/input-slack/test/slack.ts";
import { type BotProcess, startBot } from "./bot.ts";
import { answered, Chatter } from "./chatter.ts";
import { byMail, type Network, onConsole, onHipchat, onIrc, onSlack, onXmpp } from "./networks.ts";
import { removeDir, tempDir } from "./servers/lib.ts";
import { noMail, startMail } from "./servers/mail.ts";
import { noNgircd, startNgircd } from "./servers/ngircd.ts";
import { noProsody, startProsody } from "./servers/prosody.ts";

const PASSWORD = "open sesame";
const [MAIL, ALICE] = ["bot@example.test", "alice@example.test"];
const ROOM = "ops@conference.localhost";
/** How long a server is away, in milliseconds: 20 s when somebody looks closely, as by SERVER_AWAY=20000. */
const AWAY = Number(process.env.SERVER_AWAY ?? 2000);
/** For a bot that is busy on all networks, on a machine that is busy with other things, in milliseconds. */
const PATIENCE = { timeout: 60_000 };
const ALL = ["console", "irc", "xmpp", "hipchat", "email", "slack"] as const;
const SERVERS = ["irc", "xmpp", "hipchat", "email", "slack"] as const;

describe.skipIf(noNgircd ?? noProsody ?? noMail)("one bot on all networks", () => {
  const dir = tempDir("all-inputs");
  const networks = new Map<string, Network>();
  const chatters = new Map<string, Chatter>();
  const ends: (() => Promise<unknown> | unknown)[] = [];
  let bot: BotProcess;

  beforeAll(async () => {
    const [ircd, xmpp, hipchat, mail, slack] = await Promise.all([
      startNgircd(),
      startProsody({ users: { micro: PASSWORD, alice: "a" } }),
      company(),
      startMail({ users: { [MAIL]: PASSWORD, [ALICE]: "alice's" } }),
      startSlack({ ackWait: 1000, retries: 100 }),
    ]);
    for (const server of [ircd, xmpp, hipchat, mail, slack]) ends.push(() => server.stop());
    const ca = join(dir, "ca.pem");
    writeFileSync(ca, [hipchat.caFile, mail.caFile].map((file) => readFileSync(file, "utf8")).join("\n"));
    bot = startBot(
      [
        "bot",
        `--inputs=${ALL.join(",")}`,
        `--store=sqlite:${join(dir, "bot.db")}`,
        "--registry=memory",
        ...["--rate=100000", "--email_replies=100000"],
        ...["--irc_server=127.0.0.1", `--irc_port=${ircd.port}`, "--irc_channels=#ops", "--irc_pace=0s"],
        ...["--xmpp_jid=micro@localhost", "--xmpp_server=127.0.0.1", `--xmpp_port=${xmpp.port}`],
        ...[`--xmpp_ca=${xmpp.caFile}`, `--xmpp_rooms=${ROOM}`],
        ...["--hipchat_username=1_1@chat.hipchat.com", `--hipchat_server=127.0.0.1:${hipchat.port}`],
        ...[`--email_address=${MAIL}`, "--email_imap_server=127.0.0.1", `--email_imap_port=${mail.imapPort}`],
        ...["--email_smtp_server=127.0.0.1", `--email_smtp_port=${mail.smtpPort}`],
        `--slack_api_url=${slack.apiUrl}`,
      ],
      {
        env: {
          NODE_EXTRA_CA_CERTS: ca,
          MICRO_XMPP_PASSWORD: PASSWORD,
          MICRO_HIPCHAT_PASSWORD: PASSWORD,
          MICRO_EMAIL_PASSWORD: PASSWORD,
          MICRO_SLACK_TOKEN: slack.botToken,
          MICRO_SLACK_APP_TOKEN: slack.appToken,
        },
      },
    );
    ends.push(() => bot.stop());
    await Promise.all(ALL.map((name) => bot.logged(new RegExp(`"${name} is connected"`))));
    networks.set("console", onConsole(bot));
    networks.set("irc", await onIrc(ircd));
    networks.set("xmpp", await onXmpp(xmpp, ROOM, "a"));
    networks.set("hipchat", await onHipchat(hipchat));
    networks.set("email", byMail(mail, ALICE, MAIL));
    networks.set("slack", onSlack(slack));
    for (const [name, network] of networks) {
      const chatter = new Chatter(name, network);
      chatters.set(name, chatter);
      ends.push(() => chatter.stop());
      ends.push(() => network.leave?.());
    }
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    removeDir(dir);
  });

  const named = (names: readonly string[]) => names.map((name) => chatters.get(name)!);

  /** All that was said there until now is answered: only what comes after it can be of the instant of a kill. */
  async function caughtUp(chatter: Chatter): Promise<void> {
    const earlier = new Set(chatter.lost());
    const open = () => chatter.lost().filter((text) => earlier.has(text));
    await expect.poll(open, PATIENCE).toEqual([]);
  }

  /** How often each other input lost its connection. */
  function losses(but: string): Record<string, number> {
    const lines = bot.log().split("\n");
    const count = (name: string) => lines.filter((line) => line.includes(`"${name} is down`)).length;
    return Object.fromEntries(ALL.filter((name) => name !== but).map((name) => [name, count(name)]));
  }

  test("answers on each", async () => {
    await answered(named(ALL), PATIENCE);
    for (const chatter of chatters.values()) chatter.start();
  });

  test.each(SERVERS)(
    "loses %s for a while, and the others never notice; then it is back by itself",
    async (name) => {
      const [chatter, { server, come, leave }] = [chatters.get(name)!, networks.get(name)!];
      const others = ALL.filter((other) => other !== name);
      const before = losses(name);
      await caughtUp(chatter);
      await chatter.leave();
      await server!.kill();
      leave?.();
      await bot.logged(new RegExp(`"${name} is down`));
      await answered(named(others), PATIENCE);
      await delay(AWAY);
      await answered(named(others), PATIENCE);
      const back = bot.logged(new RegExp(`"${name} is connected"`));
      await server!.start();
      await Promise.all([back, come?.()]);
      chatter.comeBack();
      await answered(named(ALL), PATIENCE);
      expect(losses(name)).toEqual(before);
    },
    120_000 + AWAY,
  );

  test("has lost no message, and answered none twice", async () => {
    for (const chatter of chatters.values()) chatter.stop();
    const every = (list: (chatter: Chatter) => string[]) => [...chatters.values()].flatMap(list);
    await expect.poll(() => every((chatter) => chatter.lost()), PATIENCE).toEqual([]);
    // Answers keep their order: what would have come twice has come before these.
    await answered(named(ALL), PATIENCE);
    expect(every((chatter) => chatter.wrong())).toEqual([]);
    const counts = Object.fromEntries([...chatters].map(([name, chatter]) => [name, chatter.count()]));
    if (process.env.SERVER_AWAY) console.info("said, and excused:", JSON.stringify(counts));
    for (const name of ALL) expect(counts[name]!.said, `said on ${name}`).toBeGreaterThan(20);
    for (const name of ["console", "slack"]) expect(counts[name]!.excused, `excused on ${name}`).toBe(0);
  });

  test("says no secret in its log", () => {
    expect(bot.log()).not.toMatch(/open sesame|xoxb-1|xapp-1/);
  });
});
