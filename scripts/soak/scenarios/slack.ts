import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BOT, type Slack, startSlack } from "../../../packages/input-slack/test/slack.ts";
import { type Process, removeDir, startProcess, tempDir } from "../../../test/servers/lib.ts";
import { startCounter } from "../counter.ts";
import { newRandom, type Random } from "../random.ts";
import { quantile, type Row } from "../report.ts";
import type { Plan, Scenario } from "../stage.ts";

const ROOT = join(import.meta.dirname, "../../..");
const MAIN = join(ROOT, "apps/bot/dist/main.js");
const LINK = join(import.meta.dirname, "../link.ts");
/** Messages that nobody answered yet; people then wait. */
const AHEAD = 100;
/** How long a bot lives after it connected, in milliseconds. */
const LIFE = 1200;
/** How long the last one has for what is left, in milliseconds. */
const REST = 60_000;
/** From a delivery until its ack, in milliseconds; the durable write is between. */
const ACK = 200;

/** What came of one message: `count N`. */
interface Said {
  effects: number;
  done: number;
  unknown: number;
}

/** Killed again and again while people talk on a Slack that delivers again what was not acknowledged. */
async function run(plan: Plan): Promise<readonly Row[]> {
  const random = newRandom(plan.seed);
  const said: Said[] = [];
  const slack = await startSlack({ ackWait: 1000, retries: 1000 });
  const effect = ({ what }: { what: string }) => said[Number(what.split(" ")[1])]!.effects++;
  const counter = await startCounter({ random, effect });
  const dir = tempDir("soak-slack");
  const over = new AbortController();
  const others: string[] = [];
  hear(slack, said, others);
  const talked = talk(slack, said, random, over.signal);
  let bot: Process | undefined;
  try {
    for (let life = 1; life <= plan.runs; life++) {
      bot = start(slack, counter.url, dir, `bot-${life}`);
      if (random.next() < 0.8) await connected(slack, bot);
      await delay(random.between(0, LIFE));
      await bot.kill();
      if (life % 10 === 0 || life === plan.runs)
        plan.tell(`killed ${life} of ${plan.runs}: ${said.length} said, ${open(said)} open`);
    }
    over.abort();
    await talked;
    bot = start(slack, counter.url, dir, "bot-last");
    for (const until = Date.now() + REST; open(said) > 0 && Date.now() < until; ) await delay(100);
    // What would come twice comes soon.
    await delay(1500);
  } finally {
    over.abort();
    await bot?.kill();
    await slack.stop();
    await counter.stop();
    removeDir(dir);
  }
  for (const words of others.slice(0, 5)) plan.tell(`also told: ${words}`);
  return rows(plan, slack, said);
}

function rows(plan: Plan, slack: Slack, said: readonly Said[]): readonly Row[] {
  const which = (what: string, is: (one: Said) => boolean): Row => {
    const all = said.flatMap((one, n) => (is(one) ? [`count ${n}`] : []));
    return { what, value: all.length, atMost: 0, which: all };
  };
  const done = said.filter((one) => one.done > 0).length;
  const acks = slack.acks.map(({ after }) => after);
  return [
    { what: "kills", value: plan.runs },
    { what: "said", value: said.length, atLeast: plan.runs },
    { what: "told: done", value: done },
    { what: "told: outcome unknown", value: said.filter((one) => one.unknown > 0).length },
    { what: "done of said", value: Math.round((100 * done) / said.length), unit: "%", atLeast: 50 },
    which("lost", (one) => one.done === 0 && one.unknown === 0),
    which("doubled", (one) => one.effects > 1),
    which("answered twice", (one) => one.done + one.unknown > 1),
    which("told done without effect", (one) => one.done > 0 && one.effects === 0),
    { what: "acknowledged within, p99", value: Math.round(quantile(acks, 0.99)), unit: "ms", atMost: ACK },
    {
      what: "violations of the protocol",
      value: slack.violations.length,
      atMost: 0,
      which: slack.violations,
    },
  ];
}

function open(said: readonly Said[]): number {
  return said.filter((one) => one.done === 0 && one.unknown === 0).length;
}

async function talk(slack: Slack, said: Said[], random: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (open(said) < AHEAD) {
      const n = said.push({ effects: 0, done: 0, unknown: 0 }) - 1;
      const user = random.pick(["U0ALICE", "U0BOB"]);
      if (random.next() < 0.5) slack.say(`count ${n}`, { user, channel: `D${user.slice(1)}` });
      else slack.say(`<@${BOT}> count ${n}`, { user, channel: random.pick(["C0OPS", "C0DEV"]) });
    }
    await delay(random.between(2, 12));
  }
}

function hear(slack: Slack, said: readonly Said[], others: string[]): void {
  slack.hearing(({ text }) => {
    const done = /counted (\d+)/.exec(text)?.[1];
    const unknown = /outcome unknown: count (\d+)/.exec(text)?.[1];
    if (done !== undefined) said[Number(done)]!.done++;
    if (unknown !== undefined) said[Number(unknown)]!.unknown++;
    if (done === undefined && unknown === undefined) others.push(text);
  });
}

async function connected(slack: Slack, bot: Process): Promise<void> {
  for (const until = Date.now() + 20_000; slack.sockets === 0 && Date.now() < until && !bot.exit; )
    await delay(20);
}

function start(slack: Slack, counter: string, dir: string, name: string): Process {
  const args = [
    MAIN,
    "bot",
    `--link=${LINK}`,
    "--inputs=slack",
    `--slack_api_url=${slack.apiUrl}`,
    "--rate=1000000",
    "--waiting=1000",
    "--registry=memory",
    `--store=watched:sqlite:${join(dir, "bot.db")}`,
  ];
  const env = {
    SOAK_COUNTER: counter,
    MICRO_SLACK_TOKEN: slack.botToken,
    MICRO_SLACK_APP_TOKEN: slack.appToken,
  };
  return startProcess(name, process.execPath, args, { dir, env });
}

export const slackKills: Scenario = {
  name: "slack",
  about: "killed at moments of chance, on a Slack that delivers again what was not acknowledged",
  runs: 200,
  run,
};
