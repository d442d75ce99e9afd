import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { company, DEV, person } from "../packages/input-hipchat/test/company.ts";
import { Person as IrcPerson } from "../packages/input-irc/test/person.ts";
import { BOT, type Slack, startSlack } from "../packages/input-slack/test/slack.ts";
import { type BotProcess, startBot } from "./bot.ts";
import { removeDir, tempDir } from "./servers/lib.ts";
import { type MailServer, noMail, startMail } from "./servers/mail.ts";
import { type Ngircd, noNgircd, startNgircd } from "./servers/ngircd.ts";
import { noProsody, type Prosody, startProsody } from "./servers/prosody.ts";
import { Person } from "./servers/xmpp-people.ts";

const PASSWORD = "open sesame";
const [MAIL, ALICE] = ["bot@example.test", "alice@example.test"];
const ROOM = "ops@conference.localhost";
/** How long a server is away, in milliseconds: 20 s when somebody looks closely, as by SERVER_AWAY=20000. */
const AWAY = Number(process.env.SERVER_AWAY ?? 2000);

/** A network, with somebody on it. */
interface Network {
  /** Says it to the bot there, and resolves with what the bot answers. */
  ask(text: string): Promise<string>;
  /** Takes the server away, and brings it back on the same port. */
  readonly server?: { kill(): Promise<void>; start(): Promise<void> };
  /** Somebody is there again after that. */
  come?(): Promise<void>;
}

describe.skipIf(noNgircd ?? noProsody ?? noMail)("one bot on all networks", () => {
  const dir = tempDir("all-inputs");
  const networks: Record<string, Network> = {};
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
        "--inputs=console,irc,xmpp,hipchat,email,slack",
        `--store=sqlite:${join(dir, "bot.db")}`,
        "--registry=memory",
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
    const up = ["console", "irc", "xmpp", "hipchat", "email", "slack"].map((name) =>
      bot.logged(new RegExp(`"${name} is connected"`)),
    );
    await Promise.all(up);
    networks.console = onConsole(bot);
    networks.irc = await onIrc(ircd);
    networks.xmpp = await onXmpp(xmpp);
    networks.hipchat = await onHipchat(hipchat);
    networks.email = byMail(mail);
    networks.slack = onSlack(slack);
  }, 60_000);

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    removeDir(dir);
  });

  const all = ["console", "irc", "xmpp", "hipchat", "email", "slack"] as const;

  test("answers on each", async () => {
    const answers = await Promise.all(all.map((name) => networks[name]!.ask("echo all's well")));
    expect(answers).toEqual(all.map(() => "all's well"));
  });

  test.each(["irc", "xmpp", "hipchat", "email"])(
    "loses %s for a while, and the others never notice; then it is back by itself",
    async (name) => {
      const { server, come, ask } = networks[name]!;
      await server!.kill();
      await bot.logged(new RegExp(`"${name} is down`));
      const others = all.filter((other) => other !== name);
      const answers = await Promise.all(others.map((other) => networks[other]!.ask(`echo without ${name}`)));
      expect(answers).toEqual(others.map(() => `without ${name}`));
      await delay(AWAY);
      const back = bot.logged(new RegExp(`"${name} is connected"`));
      await server!.start();
      await back;
      await come?.();
      expect(await ask("echo back again")).toBe("back again");
    },
    60_000 + AWAY,
  );

  test("says no secret in its log", () => {
    expect(bot.log()).not.toMatch(/open sesame|xoxb-1|xapp-1/);
  });

  function onConsole(one: BotProcess): Network {
    return {
      ask(text) {
        one.type(text);
        return one.printed(new RegExp(`^${text.slice("echo ".length)}$`));
      },
    };
  }

  async function onIrc(server: Ngircd): Promise<Network> {
    let alice: IrcPerson;
    const come = async () => {
      alice = await IrcPerson.join(server.port, "alice", { rooms: ["#ops"] });
      ends.push(() => alice.close());
    };
    await come();
    return {
      server,
      come,
      async ask(text) {
        alice.say("#ops", `micro: ${text}`);
        return (await alice.heard("#ops", /^micro/u)).replace("alice: ", "");
      },
    };
  }

  async function onXmpp(server: Prosody): Promise<Network> {
    let alice: Person;
    const come = async () => {
      alice = await Person.join({ ...server, user: "alice", password: "a" });
      ends.push(() => alice.close());
      await alice.enter(ROOM, "alice");
    };
    await come();
    return {
      server,
      come,
      async ask(text) {
        await alice.say(ROOM, `micro: ${text}`);
        return (await alice.heard(`${ROOM}/micro`)).replace("alice: ", "");
      },
    };
  }

  async function onHipchat(server: Prosody): Promise<Network> {
    let ann: Person;
    const come = async () => {
      ann = await person(server, "1_2", DEV);
      ends.push(() => ann.close());
    };
    await come();
    return {
      server,
      come,
      async ask(text) {
        await ann.say(DEV, `@MicroBot ${text}`);
        return (await ann.heard(`${DEV}/Micro Bot`)).replace("@AnnExample: ", "");
      },
    };
  }

  function byMail(server: MailServer): Network {
    return {
      server,
      async ask(text) {
        await server.deliver(MAIL, { from: ALICE, to: MAIL, subject: "to the bot", text });
        return (await server.delivered(ALICE)).text!.trim();
      },
    };
  }

  function onSlack(server: Slack): Network {
    return {
      async ask(text) {
        server.say(`<@${BOT}> ${text}`);
        return (await server.heard()).text.replace("<@U0ALICE> ", "");
      },
    };
  }
});
