import { micro } from "../../../test/bot.ts";
import type { SoakBot } from "../bot.ts";
import type { Crowd } from "../crowd.ts";
import { leftovers } from "../leftovers.ts";
import type { Row } from "../report.ts";
import { type Plan, type Stage, until, within } from "../stage.ts";

/** In milliseconds. */
const PATIENCE = 30_000;

interface Finale {
  readonly plan: Plan;
  readonly stage: Stage;
  readonly crowd: Crowd;
  readonly store: string;
  /** Bots that live already; without them one is started. */
  readonly living?: readonly SoakBot[];
}

/**
 * The last life, in quiet: whatever is owed is told in it, it ends well when it is asked to, and leaves
 * nothing behind.
 */
export async function finale({ plan, stage, crowd, store, living }: Finale): Promise<Row[]> {
  const bots = living ?? [await live(stage, crowd, store)];
  await stage.settled(plan.patience ?? PATIENCE);
  // One that has just begun would not hear that it is asked to end.
  await until(() => bots.every((bot) => stage.isAlive(bot)), PATIENCE);
  const exits = await Promise.all(bots.map((bot) => bot.stop()));
  const bad = exits.filter(({ code }) => code !== 0).map((exit) => JSON.stringify(exit));
  const left = await leftovers(store);
  const { code, out } = await micro(["audit", "verify"], { env: { MICRO_STORE: store } });
  const torn = code === 0 ? [] : [out.trim()];
  const deaf = crowd.gone();
  for (const [words, times] of commonest(stage)) plan.tell(`${times} times: ${words}`);
  return [
    { what: "did not end well", value: bad.length, atMost: 0, which: bad },
    { what: "left in the store", value: left.length, atMost: 0, which: left },
    { what: "audit chain broken", value: torn.length, atMost: 0, which: torn },
    { what: "people cut off by IRC", value: deaf.length, atMost: 0, which: deaf },
  ];
}

/** A new life, once it has come in. */
export async function live(
  stage: Stage,
  crowd: Crowd,
  store: string,
  flags: readonly string[] = [],
): Promise<SoakBot> {
  const joined = crowd.joined();
  stage.ledger.lives.begin(Date.now());
  const bot = stage.start(store, { flags });
  await within(PATIENCE, joined);
  return bot;
}

/** What else people were told, most often first. */
function commonest({ ledger }: Stage): (readonly [string, number])[] {
  return [...ledger.otherWords].sort(([, a], [, b]) => b - a).slice(0, 5);
}
