import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { BOT, type Slack, startSlack } from "../packages/input-slack/test/slack.ts";
import { type BotProcess, micro, startBot } from "./bot.ts";
import { buildGo } from "./interop/go.ts";
import { cellsOf, mailsIn } from "./mailbox.ts";
import { type ConsulServer, findConsul, startConsul } from "./servers/consul.ts";
import {
  canConnect,
  freePort,
  type Process,
  ready,
  removeDir,
  startProcess,
  tempDir,
} from "./servers/lib.ts";
import { type MailServer, noMail, startMail } from "./servers/mail.ts";

const EXAMPLE = join(import.meta.dirname, "../examples/summary-mail");
const [MAIL, OPS] = ["bot@example.test", "ops@example.test"];
const [PASSWORD, OPS_PASSWORD] = ["the bot's own", "ops together"];
const GREETER = "go.micro.srv.greeter";

const binary = findConsul();
const go = binary ? await buildGo("v4", "greeter") : undefined;

describe.skipIf(!binary || noMail)("a summary by mail", () => {
  const dir = tempDir("summary-mail");
  let consul: ConsulServer;
  let mail: MailServer;
  let slack: Slack;
  let greeter: BotProcess;
  let goGreeter: Process | undefined;
  let bot: BotProcess;

  const registry = () => ["--registry=consul", `--registry_address=${consul.address}`];

  function start(): BotProcess {
    return startBot(
      [
        "bot",
        "--inputs=slack,email",
        "--summary_rooms=slack:C0OPS",
        `--summary_to=email:${OPS}`,
        `--store=sqlite:${join(dir, "bot.db")}`,
        ...registry(),
        `--slack_api_url=${slack.apiUrl}`,
        ...[`--email_address=${MAIL}`, "--email_imap_server=127.0.0.1", `--email_imap_port=${mail.imapPort}`],
        ...["--email_smtp_server=127.0.0.1", `--email_smtp_port=${mail.smtpPort}`],
      ],
      {
        cwd: EXAMPLE,
        env: {
          NODE_EXTRA_CA_CERTS: mail.caFile,
          MICRO_EMAIL_PASSWORD: PASSWORD,
          MICRO_SLACK_TOKEN: slack.botToken,
          MICRO_SLACK_APP_TOKEN: slack.appToken,
        },
      },
    );
  }

  /** Lists a go-micro service of 2022 beside the one in TypeScript, as another version of it. */
  async function startGo(): Promise<void> {
    const address = `127.0.0.1:${await freePort()}`;
    goGreeter = startProcess("go-greeter", go!.greeter, [address], { dir });
    await ready(goGreeter, () => canConnect(Number(address.split(":")[1])));
    const node = { id: "greeter-in-go", address, metadata: { protocol: "mucp" } };
    const definition = { name: GREETER, version: "4.7.0", nodes: [node] };
    const { out } = await micro([...registry(), "register", "service", JSON.stringify(definition)]);
    expect(out).toBe("ok\n");
  }

  beforeAll(async () => {
    [consul, mail, slack] = await Promise.all([
      startConsul(binary!),
      startMail({ users: { [MAIL]: PASSWORD, [OPS]: OPS_PASSWORD } }),
      startSlack({ ackWait: 300 }),
    ]);
    greeter = startBot(registry(), { main: join(EXAMPLE, "../greeter/main.ts") });
    await greeter.printed(/is at 127/);
    if (go) await startGo();
    bot = start();
    await Promise.all([bot.logged(/"slack is connected"/), bot.logged(/"email is connected"/)]);
  });

  afterAll(async () => {
    await Promise.all([bot?.stop(), greeter?.stop(), goGreeter?.kill()]);
    await Promise.all([consul?.stop(), mail?.stop(), slack?.stop()]);
    removeDir(dir);
  });

  /** The mails that those on call find in their mailbox. */
  const inbox = () => mailsIn({ port: mail.imapPort, ca: mail.ca, user: OPS, pass: OPS_PASSWORD });
  const nodes = go ? 2 : 1;
  const SENT = `<@U0ALICE> ${GREETER}: ${nodes} of ${nodes} nodes ok: summary sent to email:${OPS}`;

  test("is asked for on Slack, and arrives as a table; the thread is told", async () => {
    const ts = slack.say("incident in go.micro.srv.greeter");
    expect(await slack.heard()).toMatchObject({ channel: "C0OPS", thread_ts: ts, text: SENT });
    await mail.delivered(OPS);
    const [summary] = await inbox();
    expect(summary).toMatchObject({
      subject: `${GREETER}: ${nodes} of ${nodes} nodes ok`,
      from: { value: [{ address: MAIL }] },
    });
    const [head, ...rows] = cellsOf(summary!);
    expect(head).toEqual(["node", "address", "version", "state", "requests", "errors"]);
    expect(rows).toHaveLength(nodes);
    const address = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
    const number = expect.stringMatching(/^\d+$/);
    const id = expect.stringContaining(GREETER);
    expect(rows).toContainEqual([id, address, "1.0.0", "ok", number, "0"]);
    if (go) expect(rows).toContainEqual(["greeter-in-go", address, "4.7.0", "ok", number, "0"]);
    expect(summary!.text).toMatch(/^node +address +version +state +requests +errors\n-+ {2}-+/mu);
    expect(summary!.text).toMatch(/127\.0\.0\.1:\d+ +1\.0\.0 +ok +\d+ +0$/mu);
  });

  test("may be asked for by the last part of the name, of the bot, and in a thread", async () => {
    const root = slack.say("something is wrong");
    slack.say(`<@${BOT}> summary greeter`, { thread_ts: root });
    expect(await slack.heard()).toMatchObject({ thread_ts: root, text: SENT });
    await mail.delivered(OPS);
  });

  test("of a service that is not there is told in the thread; nothing is heard in other rooms", async () => {
    slack.say("summary greeter", { channel: "C0DEV" });
    const ts = slack.say("summary nowhere");
    expect(await slack.heard()).toMatchObject({
      channel: "C0OPS",
      thread_ts: ts,
      text: "<@U0ALICE> no summary of nowhere: no service 'nowhere' is registered",
    });
    expect(mail.waiting(OPS)).toEqual([]);
  });

  test("that the mail server does not take is told in the thread, with its words", async () => {
    mail.refuse(554);
    const ts = slack.say("summary greeter");
    expect(await slack.heard()).toMatchObject({
      thread_ts: ts,
      text: expect.stringMatching(
        /^<@U0ALICE> no summary of greeter: .* does not take the mail: 554 no, not now$/,
      ),
    });
  });

  test("waits for a mail server that is away, which the thread is told, and is sent when it is back", async () => {
    await mail.kill();
    await bot.logged(/"email is down/);
    const ts = slack.say("summary greeter");
    const waits = `<@U0ALICE> the summary of ${GREETER} waits for its mail server`;
    expect(await slack.heard()).toMatchObject({ thread_ts: ts, text: waits });
    const again = slack.say("summary greeter");
    const busy = "<@U0ALICE> no summary of greeter: one is on its way already";
    expect(await slack.heard()).toMatchObject({ thread_ts: again, text: busy });
    slack.say(`<@${BOT}> ping`);
    expect((await slack.heard()).text).toBe("<@U0ALICE> pong");
    await mail.start();
    expect(await slack.heard()).toMatchObject({ thread_ts: ts, text: SENT });
    await mail.delivered(OPS);
  });

  test("is sent once, though Slack delivers again, and to two bots on one store", async () => {
    const second = start();
    onTestFinished(() => second.stop());
    await second.logged(/"slack is connected"/);
    await expect.poll(() => slack.sockets).toBe(4);
    slack.swallow = true;
    const ts = slack.say("summary greeter");
    expect(await slack.heard()).toMatchObject({ thread_ts: ts, text: SENT });
    await mail.delivered(OPS);
    // Slack gives up after so many tries, to all sockets.
    await expect.poll(() => slack.unacked).toBe(0);
    slack.swallow = false;
    // Whichever bot takes the next ones, it has dealt with what came before.
    for (let socket = 0; socket < 4; socket++) {
      const after = slack.say("summary nowhere");
      expect(await slack.heard()).toMatchObject({
        thread_ts: after,
        text: expect.stringContaining("no service"),
      });
    }
    expect(mail.waiting(OPS)).toEqual([]);
    expect(slack.violations).toEqual([]);
  });

  // The last one: the greeter is gone after it, and then Consul.
  test("names the node that does not answer, and a registry that does not", async () => {
    greeter.signal("SIGKILL");
    await greeter.exit;
    slack.say("summary greeter");
    expect((await slack.heard()).text).toContain(`${nodes - 1} of ${nodes} nodes ok`);
    await mail.delivered(OPS);
    const dead = cellsOf((await inbox()).at(-1)!).find(([id]) => id?.startsWith(GREETER));
    expect(dead).toEqual([
      expect.anything(),
      expect.anything(),
      "1.0.0",
      expect.stringMatching(/^cannot connect: .*ECONNREFUSED/),
      "",
      "",
    ]);
    await consul.kill();
    slack.say("summary greeter");
    expect((await slack.heard()).text).toContain("summary sent to");
    const { text } = await mail.delivered(OPS);
    expect(text).toMatch(/The registry does not answer: nodes as of \d{4}-/);
  });

  test("its secrets are in no log", () => {
    expect(bot.log()).not.toMatch(/the bot's own|xoxb-1|xapp-1/);
  });
});
