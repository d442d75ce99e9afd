import type { SoakBot } from "../bot.ts";
import type { Crowd } from "../crowd.ts";
import { leftovers } from "../leftovers.ts";
import type { Row } from "../report.ts";
import type { Stage } from "../stage.ts";

/** How long the last life may take until everybody was told, in milliseconds. */
const PATIENCE = 30_000;

/**
 * The last life, in quiet: whatever is owed is told in it, it ends well when it is asked to, and leaves nothing behind.
 * Without a bot given it starts one.
 */
export async function finale(
  stage: Stage,
  crowd: Crowd,
  store: string,
  living?: readonly SoakBot[],
): Promise<Row[]> {
  if (!living) stage.ledger.lives.begin(Date.now());
  const bots = living ?? [stage.start(store)];
  await stage.settled(PATIENCE);
  const exits = await Promise.all(bots.map((bot) => bot.stop()));
  const bad = exits.filter(({ code }) => code !== 0).map((exit) => JSON.stringify(exit));
  const left = await leftovers(store);
  const deaf = crowd.gone();
  return [
    { what: "did not end well", value: bad.length, atMost: 0, which: bad },
    { what: "left in the store", value: left.length, atMost: 0, which: left },
    { what: "people cut off by IRC", value: deaf.length, atMost: 0, which: deaf },
  ];
}
