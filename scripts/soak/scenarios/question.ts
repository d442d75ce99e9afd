import { join } from "node:path";
import { noNgircd } from "../../../test/servers/ngircd.ts";
import { nextNumber } from "../crowd.ts";
import { Person } from "../person.ts";
import { type Row, rowsOf } from "../report.ts";
import { NICK, ROOMS, type Scenario, Stage, until } from "../stage.ts";
import { understand } from "../words.ts";
import { finale } from "./finale.ts";
import { told } from "./kill.ts";

/** In milliseconds. */
const PATIENCE = 20_000;

/** Killed while it waits for an answer, which then comes to its next life. */
export const question: Scenario = {
  name: "question",
  about: "killed while a question waits for its answer",
  runs: 50,
  missing: noNgircd,
  async run(plan) {
    await using stage = await Stage.set(plan);
    const { ledger } = stage;
    const store = `sqlite:${join(stage.dir, "bot.db")}`;
    const crowd = await stage.crowd({ talkers: 0, askers: 0 });
    const asked = new Set<string>();
    const ann = await Person.join({
      port: stage.ircPort,
      nick: "ann",
      rooms: ROOMS,
      heard({ text }) {
        ledger.hear(text, Date.now());
        const heard = understand(text);
        if (heard.kind === "question") asked.add(heard.what);
      },
    });
    stage.atEnd(() => ann.quit());

    /** A new life that has come in; the one before is gone. */
    async function live() {
      const joined = crowd.joined();
      ledger.lives.begin(Date.now());
      const bot = stage.start(store);
      await joined;
      return bot;
    }

    let bot = await live();
    for (let run = 1; run <= plan.runs; run++) {
      const what = `order ${nextNumber()}`;
      const inRoom = stage.random.next() < 0.5;
      const place = inRoom ? ROOMS[0]! : NICK;
      ledger.say(what, Date.now());
      ann.say(place, inRoom ? `${NICK}: ${what}` : what);
      if (!(await until(() => asked.has(what), PATIENCE)))
        throw new Error(`${what} was not asked:\n${bot.log()}`);
      await bot.kill();
      ledger.lives.cut(Date.now());
      bot = await live();
      ann.say(place, "yes");
      await until(() => ledger.closed(what), PATIENCE);
      plan.tell(`answered ${run} of ${plan.runs}: ${told(stage)}`);
    }
    const ends = await finale({ plan, stage, crowd, store, living: [bot] });
    const { done } = ledger.tally();
    const rows: Row[] = [
      { what: "kills", value: plan.runs },
      ...rowsOf(stage.update().tally(), { accepted: plan.runs }),
    ];
    return [...rows, { what: "answered and done", value: done, atLeast: plan.runs }, ...ends];
  },
};
