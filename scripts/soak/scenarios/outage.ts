import { setTimeout as delay } from "node:timers/promises";
import { noNgircd } from "../../../test/servers/ngircd.ts";
import { noPostgres, startPostgres } from "../../../test/servers/postgres.ts";
import { healed } from "../heal.ts";
import { rowsOf, timesOf } from "../report.ts";
import { type Scenario, Stage } from "../stage.ts";
import { finale, live } from "./finale.ts";
import { told } from "./kill.ts";

/** In milliseconds. */
const UP = [1000, 4000] as const;
const DOWN = [300, 3000] as const;
const HEALED_WITHIN = 10_000;

/** The database is stopped, or crashes, and comes back; the bot is left alone. */
export const outage: Scenario = {
  name: "outage",
  about: "PostgreSQL stopped, and crashed, every few seconds",
  runs: 30,
  missing: noNgircd ?? noPostgres,
  async run(plan) {
    await using stage = await Stage.set(plan);
    const { random } = stage;
    const postgres = await startPostgres();
    stage.atEnd(() => postgres.remove());
    const crowd = await stage.crowd();
    const bot = await live(stage, crowd, postgres.url);
    crowd.talk();
    const times: number[] = [];
    for (let run = 1; run <= plan.runs; run++) {
      await delay(random.between(...UP));
      if (random.next() < 0.5) await postgres.stop();
      else await postgres.crash();
      await delay(random.between(...DOWN));
      await postgres.start();
      times.push(await healed(crowd, 3 * HEALED_WITHIN));
      plan.tell(`stopped ${run} of ${plan.runs}: ${told(stage)}`);
    }
    crowd.hush();
    const ends = await finale({ plan, stage, crowd, store: postgres.url, living: [bot] });
    return [
      { what: "outages", value: plan.runs },
      ...rowsOf(stage.update().tally(), { accepted: plan.runs }),
      ...timesOf("healed after", times, { max: HEALED_WITHIN }),
      ...ends,
    ];
  },
};
