import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { noNgircd } from "../../../test/servers/ngircd.ts";
import { noPostgres, startPostgres } from "../../../test/servers/postgres.ts";
import type { Crowd } from "../crowd.ts";
import { type Row, rowsOf } from "../report.ts";
import { type Plan, type Scenario, Stage, within } from "../stage.ts";
import { finale } from "./finale.ts";

/** How long a bot lives, in milliseconds: killed while it starts, while it works, or while it ends. */
const WHILE_IT_STARTS = 700;
const AFTER_IT_CAME = 1500;
/** After it was asked to end. */
const WHILE_IT_ENDS = 300;
/** It starts this slowly on a busy machine at most. */
const SLOW = 20_000;

/** Killed again and again at moments of chance, while people talk. */
export async function kill(plan: Plan, stage: Stage, store: string): Promise<readonly Row[]> {
  const crowd = await stage.crowd();
  crowd.talk();
  for (let run = 1; run <= plan.runs; run++) {
    await oneLife(stage, crowd, store);
    if (run % 10 === 0 || run === plan.runs) plan.tell(`killed ${run} of ${plan.runs}: ${told(stage)}`);
  }
  crowd.hush();
  const ends = await finale({ plan, stage, crowd, store });
  return [
    { what: "kills", value: plan.runs },
    ...rowsOf(stage.update().tally(), { accepted: plan.runs }),
    ...ends,
  ];
}

async function oneLife(stage: Stage, crowd: Crowd, store: string): Promise<void> {
  const { random, ledger } = stage;
  const joined = crowd.joined();
  ledger.lives.begin(Date.now());
  const bot = stage.start(store);
  if (random.next() < 0.25) await delay(random.between(0, WHILE_IT_STARTS));
  else {
    await within(SLOW, joined);
    await delay(random.between(0, AFTER_IT_CAME));
  }
  if (bot.exit) throw new Error(`the bot ended by itself: ${JSON.stringify(bot.exit)}\n${bot.log()}`);
  if (stage.isAlive(bot) && random.next() < 0.15) {
    bot.signal("SIGTERM");
    await delay(random.between(0, WHILE_IT_ENDS));
  }
  await bot.kill();
  ledger.lives.cut(Date.now());
}

/** How far it is, in one line. */
export function told(stage: Stage): string {
  const { accepted, done, unknown, doubled } = stage.update().tally();
  return `${accepted} accepted, ${done} done, ${unknown} outcome unknown, ${doubled.length} doubled`;
}

export const killSqlite: Scenario = {
  name: "kill-sqlite",
  about: "killed at moments of chance, on SQLite",
  runs: 500,
  missing: noNgircd,
  async run(plan) {
    await using stage = await Stage.set(plan);
    return await kill(plan, stage, `sqlite:${join(stage.dir, "bot.db")}`);
  },
};

export const killPostgres: Scenario = {
  name: "kill-postgres",
  about: "killed at moments of chance, on PostgreSQL",
  runs: 500,
  missing: noNgircd ?? noPostgres,
  async run(plan) {
    await using stage = await Stage.set(plan);
    const postgres = await startPostgres();
    stage.atEnd(() => postgres.remove());
    return await kill(plan, stage, postgres.url);
  },
};
