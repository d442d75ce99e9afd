import { setImmediate as nextTurn } from "node:timers/promises";
import { tenYears, zones } from "../../../packages/engine/test/zones.ts";
import { newRandom } from "../random.ts";
import type { Scenario } from "../stage.ts";

/** Clocks are changed in the small hours; in minutes. */
const SMALL_HOURS = 4 * 60;
const DAY = 24 * 60;

/** The full form of what schedule.test.ts asks of a few. */
export const schedules: Scenario = {
  name: "schedules",
  about: "a daily job over ten years of clock changes, in every time zone, at so many times of day",
  runs: 3,
  async run({ runs, seed, tell }) {
    const random = newRandom(seed);
    const wrong: string[] = [];
    const all = zones();
    for (const [i, zone] of all.entries()) {
      for (let run = 0; run < runs; run++) {
        const time = Math.floor(random.between(0, run % 3 === 2 ? DAY : SMALL_HOURS));
        wrong.push(...tenYears(zone, Math.floor(time / 60), time % 60));
        await nextTurn();
      }
      if ((i + 1) % 20 === 0) tell(`${i + 1} of ${all.length} zones: ${wrong.length} wrong`);
    }
    return [
      { what: "zones", value: all.length, atLeast: 400 },
      { what: "jobs of ten years", value: all.length * runs },
      { what: "runs missing, doubled, early or late", value: wrong.length, atMost: 0, which: wrong },
    ];
  },
};
