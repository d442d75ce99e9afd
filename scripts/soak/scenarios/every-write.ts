import { join } from "node:path";
import { type Ngircd, noNgircd, startNgircd } from "../../../test/servers/ngircd.ts";
import type { SoakBot } from "../bot.ts";
import { nextNumber } from "../crowd.ts";
import { mergeTallies, type Tally } from "../ledger.ts";
import { leftovers } from "../leftovers.ts";
import { Person } from "../person.ts";
import { type Row, rowsOf } from "../report.ts";
import { type Plan, type Scenario, Stage, until, within } from "../stage.ts";
import { understand } from "../words.ts";

/** `never` run twice; `safe`, with a question and a side effect; and one that leaves a job. */
const WORDS = ["count", "order", "defer"] as const;
const SIDES = ["before", "after"] as const;
/** Lives at one time: what takes long is their start. */
const AT_ONCE = 3;
/** In milliseconds. */
const PATIENCE = 15_000;
const REST = 300;

/** One command, and where its bots kill themselves, one after the other; the last one lives. */
interface Path {
  readonly word: (typeof WORDS)[number];
  readonly crashes: readonly string[];
}

interface Walked extends Path {
  readonly tally: Tally;
  readonly left: readonly string[];
  /** How many writes the last bot made. */
  readonly writes: number;
}

export interface EveryWritePlan extends Plan {
  /** Paths walked at most, chosen by chance. */
  readonly most?: number;
}

/**
 * Walks a command's life once without a crash, then with a crash before and after every write of it, then (`runs` is 2)
 * with a second crash before and after every write of each recovery.
 */
export async function everyWrite(plan: EveryWritePlan): Promise<readonly Row[]> {
  const irc = await startNgircd();
  try {
    let walked = await walkAll(
      plan,
      irc,
      WORDS.map((word) => ({ word, crashes: [] })),
    );
    const all = [...walked];
    for (let depth = 1; depth <= plan.runs; depth++) {
      walked = await walkAll(plan, irc, walked.flatMap(longer));
      all.push(...walked);
    }
    const left = all.flatMap((path) => path.left.map((key) => `${nameOf(path)} ${key}`));
    return [
      { what: "paths", value: all.length },
      ...rowsOf(mergeTallies(all.map(({ tally }) => tally)), { accepted: Math.floor(all.length / 2) }),
      { what: "left in the store", value: left.length, atMost: 0, which: left },
    ];
  } finally {
    await irc.stop();
  }
}

/** The path with one more crash, at every write of its last bot. */
function longer({ word, crashes, writes }: Walked): Path[] {
  const numbers = Array.from({ length: writes }, (_, i) => i + 1);
  return numbers.flatMap((write) =>
    SIDES.map((side) => ({ word, crashes: [...crashes, `${side}:${write}`] })),
  );
}

async function walkAll(plan: EveryWritePlan, irc: Ngircd, paths: readonly Path[]): Promise<Walked[]> {
  const waiting = some(paths, plan);
  const total = waiting.length;
  const walked: Walked[] = [];
  const walker = async () => {
    for (let path = waiting.pop(); path; path = waiting.pop()) {
      const one = await walk(plan, irc, path);
      walked.push(one);
      const { lost, doubled } = one.tally;
      const how = lost.length + doubled.length + one.left.length === 0 ? "kept" : "BROKEN";
      if (how === "BROKEN" || walked.length % 10 === 0 || walked.length === total)
        plan.tell(`walked ${walked.length} of ${total}: ${nameOf(path)} ${how}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walker));
  return walked;
}

function some(paths: readonly Path[], { most = Infinity, seed }: EveryWritePlan): Path[] {
  const every = Math.max(1, paths.length / most);
  return paths.filter((_, i) => Math.floor((i + seed) / every) !== Math.floor((i + seed - 1) / every));
}

async function walk(plan: Plan, irc: Ngircd, path: Path): Promise<Walked> {
  await using stage = await Stage.set(plan, irc);
  const { ledger } = stage;
  const n = nextNumber();
  const [nick, room, store] = [`bot${n}`, `#room${n}`, `sqlite:${join(stage.dir, "bot.db")}`];
  let joined = Promise.withResolvers<void>();
  let answering: NodeJS.Timeout | undefined;
  const person = await Person.join({
    port: stage.ircPort,
    nick: `person${n}`,
    rooms: [room],
    joined: () => joined.resolve(),
    heard({ text }) {
      ledger.hear(text, Date.now());
      const { kind } = understand(text);
      if (kind === "choices" || kind === "progress") return;
      clearInterval(answering);
      if (kind !== "question") return;
      person.say(nick, "yes");
      // Whoever was gone when it was said did not hear it.
      answering = setInterval(() => person.say(nick, "yes"), 500);
    },
  });
  stage.atEnd(() => person.quit());
  stage.atEnd(async () => clearInterval(answering));

  const what = `${path.word} ${n}`;
  const accepted = () => stage.update().tally().accepted > 0;
  /** All that is owed was told, and there was something owed. */
  const over = () => !accepted() || ledger.open().size === 0;

  async function life(crash: string | undefined, first: boolean): Promise<SoakBot> {
    joined = Promise.withResolvers<void>();
    ledger.lives.begin(Date.now());
    const bot = stage.start(store, { nick, rooms: [room], ...(crash !== undefined && { crash }) });
    await within(PATIENCE, joined.promise, bot.gone);
    if (first) {
      ledger.say(what, Date.now());
      person.say(nick, what);
      await until(() => accepted() || bot.exit !== undefined, PATIENCE);
    }
    await until(() => over() || bot.exit !== undefined, PATIENCE);
    await within(REST, bot.gone);
    await bot.stop();
    ledger.lives.cut(Date.now());
    return bot;
  }

  for (const [i, crash] of path.crashes.entries()) await life(crash, i === 0);
  const last = await life(undefined, path.crashes.length === 0);
  stage.update();
  return { ...path, tally: ledger.tally(), left: await leftovers(store), writes: stage.writesOf(last.pid) };
}

function nameOf({ word, crashes }: Path): string {
  return [word, ...crashes].join(" ");
}

export const everyWriteFull: Scenario = {
  name: "every-write",
  about: "a crash before and after every store write of a command's life, and of its recovery",
  runs: 2,
  missing: noNgircd,
  run: everyWrite,
};
