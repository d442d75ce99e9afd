import type { Store } from "@micro-bot/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Slack, startSlack } from "../packages/input-slack/test/slack.ts";
import { openPostgres } from "../packages/store-postgres/src/plugin.ts";
import { type BotProcess, startBot } from "./bot.ts";
import { answered, Chatter } from "./chatter.ts";
import { byMail, onSlack, onXmpp } from "./networks.ts";
import { type MailServer, noMail, startMail } from "./servers/mail.ts";
import { noPostgres, type Postgres, startPostgres } from "./servers/postgres.ts";
import { noProsody, type Prosody, startProsody } from "./servers/prosody.ts";

const PASSWORD = "open sesame";
const [MAIL, ALICE] = ["bot@example.test", "alice@example.test"];
const ROOM = "ops@conference.localhost";
const PATIENCE = { timeout: 60_000, interval: 200 };
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** Two assembled bots share the store; each has a terminal of its own to be asked on. */
function startReplica(
  postgres: Postgres,
  inputs: string,
  args: readonly string[],
  env: Record<string, string>,
) {
  return startBot(["bot", `--inputs=console,${inputs}`, "--registry=memory", "--rate=100000", ...args], {
    env: { ...env, MICRO_STORE: postgres.url },
  });
}

/** What a bot says of XMPP and of its mailbox, when it is asked. */
function statusOf(bot: BotProcess): Promise<string[]> {
  bot.type("status");
  return Promise.all(["xmpp", "email"].map((input) => bot.printed(new RegExp(`^input ${input} `))));
}

function both(words: string): string[] {
  return ["xmpp", "email"].map((input) => expect.stringMatching(new RegExp(`^input ${input} +${words}`)));
}

async function keysUnder(store: Store, prefix: string): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);
}

describe.skipIf(noPostgres ?? noProsody ?? noMail)("two bots on one Postgres", () => {
  let postgres: Postgres;
  let xmpp: Prosody;
  let mail: MailServer;
  let store: Store;
  let [holder, other]: BotProcess[] = [];
  let chatters: Chatter[] = [];
  const leave: (() => void)[] = [];

  const start = () =>
    startReplica(
      postgres,
      "xmpp,email",
      [
        ...["--xmpp_jid=micro@localhost", "--xmpp_server=127.0.0.1", `--xmpp_port=${xmpp.port}`],
        ...[`--xmpp_ca=${xmpp.caFile}`, `--xmpp_rooms=${ROOM}`, "--email_replies=100000"],
        ...[`--email_address=${MAIL}`, "--email_imap_server=127.0.0.1", `--email_imap_port=${mail.imapPort}`],
        ...["--email_smtp_server=127.0.0.1", `--email_smtp_port=${mail.smtpPort}`],
      ],
      {
        NODE_EXTRA_CA_CERTS: mail.caFile,
        MICRO_XMPP_PASSWORD: PASSWORD,
        MICRO_EMAIL_PASSWORD: PASSWORD,
      },
    );
  const connected = (bot: BotProcess) =>
    Promise.all(["xmpp", "email"].map((name) => bot.logged(new RegExp(`"${name} is connected"`))));

  beforeAll(async () => {
    [postgres, xmpp, mail] = await Promise.all([
      startPostgres(),
      startProsody({ users: { micro: PASSWORD, alice: "a" } }),
      startMail({ users: { [MAIL]: PASSWORD, [ALICE]: "alice's" } }),
    ]);
    holder = start();
    await connected(holder);
    other = start();
    store = await openPostgres(postgres.url, { log: QUIET });
    const networks = { xmpp: await onXmpp(xmpp, ROOM, "a"), email: byMail(mail, ALICE, MAIL) };
    leave.push(() => networks.xmpp.leave?.());
    chatters = Object.entries(networks).map(([name, network]) => new Chatter(name, network));
  });

  afterAll(async () => {
    for (const end of leave) end();
    await Promise.all([holder?.stop(), other?.stop()]);
    await store?.close();
    await Promise.all([postgres?.remove(), xmpp?.stop(), mail?.stop()]);
  });

  test("have one holder of XMPP and of the mailbox, and both say in their status who it is", async () => {
    const standby = both(`standby .*held by .*\\(process ${holder!.pid}\\)$`);
    await expect.poll(() => statusOf(other!), PATIENCE).toEqual(standby);
    expect(await statusOf(holder!)).toEqual(both("up "));
    await answered(chatters, PATIENCE);
    expect(other!.log()).not.toMatch(/"(?:xmpp|email) is connected"/);
  });

  test("the other takes over both when the holder is killed, and nothing is lost or answered twice", async () => {
    // A reply that is in the store when its sender dies may have been sent, and comes again.
    await expect.poll(() => keysUnder(store, "out/"), PATIENCE).toEqual([]);
    const taken = connected(other!);
    holder!.signal("SIGKILL");
    await holder!.exit;
    const [, email] = chatters;
    const meanwhile = email!.say();
    await taken;
    await expect.poll(() => email!.answersTo(meanwhile), PATIENCE).toBe(1);
    await answered(chatters, PATIENCE);
    expect(await statusOf(other!)).toEqual(both("up "));
    expect(chatters.flatMap((chatter) => [...chatter.lost(), ...chatter.wrong()])).toEqual([]);
  });
});

describe.skipIf(noPostgres)("two bots on one Postgres, both on Slack", () => {
  let postgres: Postgres;
  let slack: Slack;
  let bots: BotProcess[] = [];
  let chatter: Chatter;

  beforeAll(async () => {
    [postgres, slack] = await Promise.all([startPostgres(), startSlack({ ackWait: 5000 })]);
    const env = { MICRO_SLACK_TOKEN: slack.botToken, MICRO_SLACK_APP_TOKEN: slack.appToken };
    bots = [1, 2].map(() => startReplica(postgres, "slack", [`--slack_api_url=${slack.apiUrl}`], env));
    await Promise.all(bots.map((bot) => bot.logged(/"slack is connected"/)));
    chatter = new Chatter("slack", onSlack(slack));
  });

  afterAll(async () => {
    chatter?.stop();
    await Promise.all(bots.map((bot) => bot.stop()));
    await slack?.stop();
    await postgres?.remove();
  });

  test("answer each message once, and a socket that Slack replaces leaves no gap", async () => {
    await expect.poll(() => slack.sockets, PATIENCE).toBe(4);
    chatter.start();
    const opened = () => slack.calls.filter((call) => call === "apps.connections.open").length;
    for (let replaced = 1; replaced <= 4; replaced++) {
      slack.refresh();
      await expect.poll(() => [opened(), slack.sockets], PATIENCE).toEqual([4 + replaced, 4]);
      await answered([chatter], PATIENCE);
    }
    chatter.stop();
    await expect.poll(() => [chatter.lost(), slack.unacked], PATIENCE).toEqual([[], 0]);
    await answered([chatter], PATIENCE);
    expect(chatter.wrong()).toEqual([]);
    // Only what was on its way in the moment in which a socket was closed may have come again.
    expect(slack.repeats).toBeLessThanOrEqual(4);
    expect(slack.violations).toEqual([]);
    for (const bot of bots) expect(bot.log()).toMatch(/"echo done"/);
    for (const bot of bots) expect(bot.log()).not.toMatch(/slack is down/);
  });
});
