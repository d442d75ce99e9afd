import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Person } from "../packages/input-irc/test/person.ts";
import { type Slack, startSlack } from "../packages/input-slack/test/slack.ts";
import { type BotProcess, micro, startBot } from "./bot.ts";
import { type Inspircd, noAtheme, startInspircd } from "./servers/inspircd.ts";
import { removeDir, tempDir } from "./servers/lib.ts";

const RULES = `
people:
  alice: [irc:alice, slack:U0ALICE]
  bob: slack:U0BOB
roles:
  lead: [alice, bob]
rules:
  - name: services
    command: register
    allow: lead
    approval: { by: lead, in: "slack:#ops", within: 1h }
  - name: quiet
    command: echo
    rooms: "irc:#ops"
    allow: lead
`;
const SERVICE = 'register service {"name": "by.irc", "nodes": [{"id": "1", "address": "127.0.0.1:9"}]}';

describe.skipIf(noAtheme)("access across networks", () => {
  const dir = tempDir("access");
  const file = join(dir, "access.yaml");
  let irc: Inspircd;
  let slack: Slack;
  let bot: BotProcess;

  beforeAll(async () => {
    writeFileSync(file, RULES);
    [irc, slack] = await Promise.all([
      startInspircd({ accounts: { alice: "sesame", micro: "hunter2hunter2" } }),
      startSlack({ ackWait: 1000, retries: 100 }),
    ]);
    bot = await start();
  });

  afterAll(async () => {
    await bot?.stop();
    await irc?.stop();
    await slack?.stop();
    removeDir(dir);
  });

  async function start(): Promise<BotProcess> {
    const one = startBot(
      [
        "bot",
        "--inputs=irc,slack",
        `--access_file=${file}`,
        `--store=sqlite:${join(dir, "bot.db")}`,
        "--registry=local",
        `--registry_dir=${join(dir, "registry")}`,
        ...["--irc_server=127.0.0.1", `--irc_port=${irc.port}`, "--irc_channels=#ops", "--irc_pace=0s"],
        ...["--irc_sasl_user=micro", "--irc_sasl_password=hunter2hunter2"],
        `--slack_api_url=${slack.apiUrl}`,
      ],
      { env: { MICRO_SLACK_TOKEN: slack.botToken, MICRO_SLACK_APP_TOKEN: slack.appToken } },
    );
    await Promise.all([one.logged(/irc is connected/), one.logged(/slack is connected/)]);
    return one;
  }

  async function person(nick: string, login?: [string, string]): Promise<Person> {
    const one = await Person.join(irc.port, nick, { rooms: ["#ops"], ...(login && { login }) });
    onTestFinished(() => one.close());
    return one;
  }

  /** The next message on Slack that says so. */
  async function onSlack(pattern: RegExp): ReturnType<Slack["heard"]> {
    while (true) {
      const post = await slack.heard();
      if (pattern.test(post.text)) return post;
    }
  }

  test("a command on IRC is approved by a button on Slack, not by its requester's own account there", async () => {
    const al = await person("al", ["alice", "sesame"]);
    al.say("#ops", `micro: ${SERVICE}`);
    await al.next(/PRIVMSG #ops :.*needs approval by lead: I asked in slack:#ops/u);
    const ask = await onSlack(/alice \(irc:alice\) asks to run/u);
    expect(ask.text).toContain(SERVICE);
    const id = /as ([0-9A-Z]{5}):/u.exec(ask.text)![1];
    slack.press(ask, `approve ${id}`, "U0ALICE");
    await onSlack(/slack:U0ALICE is the same person as irc:alice/u);
    slack.press(ask, `approve ${id}`, "U0MALLORY");
    await onSlack(/approval is by lead, and slack:U0MALLORY is not among them/u);
    slack.press(ask, `approve ${id}`, "U0BOB");
    await al.next(/PRIVMSG #ops :.*was approved by bob \(slack:U0BOB\)/u);
    await al.next(/^:micro\S* PRIVMSG #ops :al: ok$/u);
    expect(slack.violations).toEqual([]);
  });

  test("a bot that is killed while a command waits goes on with it, and runs it once", async () => {
    const al = await person("al2", ["alice", "sesame"]);
    al.say("#ops", `micro: ${SERVICE.replace("by.irc", "after.all")}`);
    const ask = await onSlack(/after\.all/u);
    await al.next(/PRIVMSG #ops :.*needs approval/u);
    bot.signal("SIGKILL");
    await bot.exit;
    bot = await start();
    const id = /as ([0-9A-Z]{5}):/u.exec(ask.text)![1];
    slack.press(ask, `approve ${id}`, "U0BOB");
    await al.next(/^:micro\S* PRIVMSG #ops :al2: ok$/u);
    slack.press(ask, `approve ${id}`, "U0BOB");
    await onSlack(/nothing waits as/u);
    const { out } = await micro([
      "--registry=local",
      `--registry_dir=${join(dir, "registry")}`,
      "list",
      "services",
    ]);
    expect(out).toContain("after.all");
  });

  test("a bare nick of somebody's name is refused, told why, and shown nothing of it", async () => {
    const impostor = await person("alice");
    impostor.say("#ops", "micro: echo hello");
    expect(await impostor.next(/PRIVMSG #ops :alice: not done/u)).toMatch(
      /echo is for lead \(rule 'quiet'\)\. I do not know who you are: log in to irc's accounts/u,
    );
    impostor.say("#ops", "micro: can I echo hello");
    await impostor.next(/PRIVMSG #ops :alice: no, echo is for lead/u);
    impostor.say("#ops", "micro: help echo");
    await impostor.next(/PRIVMSG #ops :alice: there is no command 'echo'/u);
    impostor.say("#ops", "micro: ecoh");
    await impostor.next(/PRIVMSG #ops :alice: I know no command 'ecoh': 'help' lists/u);
  });

  test("other rules hold as soon as an editor has saved them", async () => {
    const stranger = await person("stranger");
    writeFileSync(`${file}~`, `${RULES.slice(0, RULES.indexOf("  - name: quiet"))}...\n`);
    renameSync(`${file}~`, file);
    await bot.logged(/the access file was read again/);
    stranger.say("#ops", "micro: echo hello");
    await stranger.next(/PRIVMSG #ops :stranger: hello$/u);
  });

  test("the shell reads the same rules, and a broken file stops the program by its line", async () => {
    const rules = join(dir, "shell.yaml");
    writeFileSync(rules, "rules:\n  - { name: never, command: ping, deny: anyone }\n");
    expect(await micro([`--access_file=${rules}`, "ping"])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^not done: ping is refused \(rule 'never'\)/u),
    });
    writeFileSync(rules, "rules:\n  - { command: ping, dany: anyone }\n");
    for (const words of [["ping"], ["bot", "--inputs=console"]])
      expect(await micro([`--access_file=${rules}`, ...words])).toMatchObject({
        code: 1,
        err: expect.stringMatching(
          /\[stream-access\] access_file: .*shell\.yaml:2: there is no key 'dany' here/u,
        ),
      });
  });
});
