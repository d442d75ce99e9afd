import { setTimeout as delay } from "node:timers/promises";
import { noNgircd } from "../../../test/servers/ngircd.ts";
import { noPostgres, startPostgres } from "../../../test/servers/postgres.ts";
import type { SoakBot } from "../bot.ts";
import type { Crowd } from "../crowd.ts";
import { healed } from "../heal.ts";
import { type Row, rowsOf, timesOf } from "../report.ts";
import { type Plan, type Scenario, Stage } from "../stage.ts";
import { finale } from "./finale.ts";
import { told } from "./kill.ts";

const REPLICAS = 3;
/** In milliseconds. */
const QUIET = [300, 2500] as const;
const TAKEN_OVER_WITHIN = 10_000;
const PATIENCE = 40_000;

export interface ReplicaPlan extends Plan {
  /** How often the holder is stopped for a while instead of killed. */
  readonly pauses: number;
  /** For how long, in milliseconds. */
  readonly pause: number;
}

/** Several bots on one store, of which the one that is connected is killed or sleeps. */
export async function replicas(plan: ReplicaPlan): Promise<readonly Row[]> {
  await using stage = await Stage.set(plan);
  const postgres = await startPostgres();
  stage.atEnd(() => postgres.remove());
  const crowd = await stage.crowd();
  const bots = new Map<number, SoakBot>();

  function add(): void {
    const bot = stage.start(postgres.url);
    bots.set(bot.pid, bot);
  }

  /** The one that answers. */
  async function holder(): Promise<SoakBot> {
    let pid = 0;
    const ms = await healed(crowd, PATIENCE, (probed) => {
      pid = probed.pid;
      return bots.has(pid);
    });
    if (ms === Infinity)
      throw new Error(`no bot answers:\n${[...bots.values()].map((bot) => bot.log()).join("\n—\n")}`);
    return bots.get(pid)!;
  }

  stage.ledger.lives.begin(Date.now());
  for (let i = 0; i < REPLICAS; i++) add();
  await holder();
  crowd.talk();
  const after = { kill: [] as number[], pause: [] as number[] };
  for (const [i, how] of order(plan, stage).entries()) {
    await delay(stage.random.between(...QUIET));
    const bot = await holder();
    if (how === "kill") {
      after.kill.push(await killed(stage, crowd, bot));
      bots.delete(bot.pid);
      add();
    } else after.pause.push(await paused(stage, crowd, bot, plan.pause));
    plan.tell(`${how} ${i + 1} of ${plan.runs + plan.pauses}: ${told(stage)}`);
  }
  crowd.hush();
  const ends = await finale({ plan, stage, crowd, store: postgres.url, living: [...bots.values()] });
  return [
    { what: "holders killed", value: plan.runs },
    { what: "holders paused", value: plan.pauses },
    ...rowsOf(stage.update().tally(), { accepted: plan.runs }),
    ...timesOf("taken over from a killed one after", after.kill, { p99: TAKEN_OVER_WITHIN }),
    ...timesOf("taken over from a paused one after", after.pause, { p99: TAKEN_OVER_WITHIN }),
    ...ends,
  ];
}

/** Milliseconds until another answers. */
async function killed(stage: Stage, crowd: Crowd, bot: SoakBot): Promise<number> {
  await bot.kill();
  stage.ledger.lives.cutOne(Date.now());
  return healed(crowd, PATIENCE, ({ pid }) => pid !== bot.pid);
}

async function paused(stage: Stage, crowd: Crowd, bot: SoakBot, ms: number): Promise<number> {
  bot.signal("SIGSTOP");
  stage.ledger.lives.cutOne(Date.now());
  const until = delay(ms);
  try {
    return await healed(crowd, Math.max(PATIENCE, ms), ({ pid }) => pid !== bot.pid);
  } finally {
    await until;
    bot.signal("SIGCONT");
  }
}

/** Kills and pauses, mixed by chance. */
function order({ runs, pauses }: ReplicaPlan, { random }: Stage): ("kill" | "pause")[] {
  const all = [...Array(runs).fill("kill"), ...Array(pauses).fill("pause")] as ("kill" | "pause")[];
  const keyed = all.map((how) => ({ how, at: random.next() }));
  return keyed.sort((a, b) => a.at - b.at).map(({ how }) => how);
}

export const replicasFull: Scenario = {
  name: "replicas",
  about: "three bots on one PostgreSQL, the one that is connected killed or stopped for 30 s",
  runs: 50,
  missing: noNgircd ?? noPostgres,
  run: (plan) => replicas({ ...plan, pauses: Math.ceil(plan.runs / 5), pause: 30_000 }),
};
