import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { noNgircd } from "../../../test/servers/ngircd.ts";
import { healed } from "../heal.ts";
import type { Ledger } from "../ledger.ts";
import { type Row, rowsOf, timesOf } from "../report.ts";
import { type Plan, type Scenario, Stage } from "../stage.ts";
import { finale, live } from "./finale.ts";
import { told } from "./kill.ts";

/** Of the disk, in MiB. */
const SIZE = 64;
/** In milliseconds. */
const USED = [500, 1500] as const;
/** Longer than the bot waits for its store before it says that nothing is done. */
const FULL = [6000, 8000] as const;
/** This part of the times that it is full the bot is killed then. */
const KILLED = 0.3;
const REFUSAL = /^not done: /;
const HEALED_WITHIN = 10_000;

/** SQLite on a small disk, which is filled by somebody else and freed again. */
export const diskFull: Scenario = {
  name: "disk-full",
  about: "SQLite on a disk that is full, and has room again; killed sometimes while it is full",
  runs: 20,
  missing: noNgircd ?? noMount(),
  run: fillAndFree,
};

async function fillAndFree(plan: Plan): Promise<readonly Row[]> {
  await using stage = await Stage.set(plan);
  const { random, ledger } = stage;
  const disk = mount(stage);
  const store = `sqlite:${join(disk, "bot.db")}`;
  const crowd = await stage.crowd({ askers: 2 });
  const refusals = () => countOf(ledger, REFUSAL);
  /** Whatever came of what was said. */
  const outcomes = () => stage.update().tally().accepted + refusals();
  let bot = await live(stage, crowd, store);
  let silent = 0;
  const times: number[] = [];
  crowd.talk();
  for (let run = 1; run <= plan.runs; run++) {
    await delay(random.between(...USED));
    const before = outcomes();
    fill(join(disk, "filler"));
    await delay(random.between(...FULL));
    if (outcomes() === before) silent++;
    const killed = random.next() < KILLED;
    if (killed) await bot.kill();
    if (killed) ledger.lives.cut(Date.now());
    rmSync(join(disk, "filler"));
    if (killed) bot = await live(stage, crowd, store);
    times.push(await healed(crowd, 3 * HEALED_WITHIN));
    plan.tell(`filled ${run} of ${plan.runs}: ${told(stage)}`);
  }
  crowd.hush();
  const ends = await finale({ plan, stage, crowd, store, living: [bot] });
  return [
    { what: "times full", value: plan.runs },
    ...rowsOf(stage.update().tally(), { accepted: plan.runs }),
    { what: "told that it cannot be kept", value: refusals(), atLeast: 1 },
    { what: "times full, and nothing accepted or refused", value: silent, atMost: 0 },
    ...timesOf("healed after", times, { max: HEALED_WITHIN }),
    ...ends,
  ];
}

/** Why no disk can be mounted here; on CI it must be. */
function noMount(): string | undefined {
  const able = process.platform === "linux" && process.getuid?.() === 0;
  const reason = able ? undefined : "only root, on Linux, can mount a small disk";
  if (reason !== undefined && process.env.CI === "true") throw new Error(reason);
  return reason;
}

function mount(stage: Stage): string {
  const disk = stage.folder("disk");
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}m`, "tmpfs", disk]);
  // Lazily: what is open on it may be closing still.
  const unmount = () => void execFileSync("umount", ["--lazy", disk]);
  process.prependOnceListener("exit", unmount);
  stage.atEnd(async () => {
    process.off("exit", unmount);
    unmount();
  });
  return disk;
}

/** Takes all the room there is. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (let size = 1 << 16; size >= 1; ) {
      try {
        if (writeSync(file, Buffer.alloc(size)) < size) size >>= 1;
      } catch {
        size >>= 1;
      }
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function countOf({ otherWords }: Ledger, kind: RegExp): number {
  const counts = [...otherWords].filter(([words]) => kind.test(words)).map(([, times]) => times);
  return counts.reduce((all, one) => all + one, 0);
}
