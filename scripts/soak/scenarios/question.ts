import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { noNgircd } from "../../../test/servers/ngircd.ts";
import { nextNumber } from "../crowd.ts";
import { Person } from "../person.ts";
import { type Row, rowsOf } from "../report.ts";
import { NICK, type Plan, ROOMS, type Scenario, Stage, until } from "../stage.ts";
import { understand } from "../words.ts";
import { finale, live } from "./finale.ts";
import { told } from "./kill.ts";

/** In milliseconds. */
const PATIENCE = 20_000;
/** What the bot allows a command; a person who thinks takes longer, now and then. */
const TIMEOUT = 3000;
const THINKING = 3500;
const THINKS_EVERY = 5;

/** Killed while it waits for an answer, which then comes to its next life. */
async function askAndKill(plan: Plan): Promise<readonly Row[]> {
  await using stage = await Stage.set(plan);
  const { ledger, random } = stage;
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

  const flags = [`--command_timeout=${TIMEOUT}ms`];
  let bot = await live(stage, crowd, store, flags);
  for (let run = 1; run <= plan.runs; run++) {
    const what = `order ${nextNumber()}`;
    const [place, words] = random.next() < 0.5 ? [ROOMS[0]!, `${NICK}: ${what}`] : [NICK, what];
    ledger.say(what, Date.now());
    ann.say(place, words);
    if (!(await until(() => asked.has(what), PATIENCE)))
      throw new Error(`${what} was not asked:\n${bot.log()}`);
    await bot.kill();
    ledger.lives.cut(Date.now());
    bot = await live(stage, crowd, store, flags);
    if (run % THINKS_EVERY === 1) await delay(THINKING);
    ann.say(place, "yes");
    await until(() => ledger.closed(what), PATIENCE);
    plan.tell(`answered ${run} of ${plan.runs}: ${told(stage)}`);
  }
  const ends = await finale({ plan, stage, crowd, store, living: [bot] });
  const tally = stage.update().tally();
  return [
    { what: "kills", value: plan.runs },
    ...rowsOf(tally, { accepted: plan.runs }),
    { what: "answered and done", value: tally.done, atLeast: plan.runs },
    ...ends,
  ];
}

/** Killed while it waits for an answer, which then comes to its next life. */
export const question: Scenario = {
  name: "question",
  about: "killed while a question waits for its answer",
  runs: 50,
  missing: noNgircd,
  run: askAndKill,
};
