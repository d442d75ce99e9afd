import { expect } from "vitest";
import { isBroken, type Row, table } from "../../scripts/soak/report.ts";
import type { Plan } from "../../scripts/soak/stage.ts";

/** A plan of so many runs, with a chance of its own. */
export function small(runs: number): Plan {
  return { runs, seed: Math.floor(Math.random() * 2 ** 31), tell: () => {} };
}

/** For a test of seconds on a machine that is busy with other things, in milliseconds. */
export const PATIENCE = 300_000;

/** Runs it, and fails with the whole table and the seed when a promise is broken; times are for the soak itself. */
export async function expectKept<P extends Plan>(
  plan: P,
  run: (plan: P) => Promise<readonly Row[]>,
): Promise<void> {
  const heard: string[] = [];
  const rows = await run({ ...plan, tell: (words) => heard.push(words) });
  const broken = rows.filter((row) => row.unit !== "ms" && isBroken(row)).map(({ what }) => what);
  expect(broken, `seed ${plan.seed}\n${table(rows)}\n${heard.join("\n")}`).toEqual([]);
}
