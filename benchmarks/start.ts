// Wall time of `micro --help` and `micro ping`, as built, against `node -e 0`, in turns. Goal: at most 3 times.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const RUNS = 25;
const micro = fileURLToPath(import.meta.resolve("@micro-bot/bot/main"));
const cases: Readonly<Record<string, readonly string[]>> = {
  "node -e 0": ["-e", "0"],
  "micro --help": [micro, "--help"],
  "micro ping": [micro, "ping"],
};

function once(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - began;
}

const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
// The first round fills Node's compile cache and is not counted.
for (let run = -1; run < RUNS; run++)
  for (const [name, args] of Object.entries(cases)) {
    const time = once(args);
    if (run >= 0) times.get(name)!.push(time);
  }

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;
const floor = median(times.get("node -e 0")!);
for (const [name, list] of times)
  console.log(
    `${name.padEnd(14)} median ${median(list).toFixed(1).padStart(6)} ms  ${(median(list) / floor).toFixed(2)} × node -e 0`,
  );
