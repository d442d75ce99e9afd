// Shows what survives a crash: `npm run soak -- kill-sqlite --runs=500 --seed=7`. Ends with 1 when a promise is broken.
import { parseArgs } from "node:util";
import { isBroken, table } from "./soak/report.ts";
import { scenarios } from "./soak/scenarios.ts";
import type { Scenario } from "./soak/stage.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string" }, seed: { type: "string" }, keep: { type: "boolean" } },
});

const known = [...scenarios.values()];
const named = positionals.map((name) => scenarios.get(name));
if (named.length === 0 || named.includes(undefined)) {
  const list = known.map(({ name, about, runs }) => `  ${name.padEnd(14)}${about} (${runs})`).join("\n");
  console.error(`npm run soak -- NAME… [--runs=N] [--seed=S] [--keep]\n\n${list}`);
  process.exit(1);
}

// What was started dies with this process when it ends, and a signal by itself is no end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
for (const scenario of named) await soak(scenario!);

async function soak({ name, runs, missing, run }: Scenario): Promise<void> {
  const seed = number("seed", values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  const tell = (words: string) =>
    console.error(`${new Date().toISOString().slice(11, 19)} ${name}: ${words}`);
  if (missing !== undefined) {
    tell(`cannot run: ${missing}`);
    process.exitCode = 1;
    return;
  }
  tell(`seed ${seed}`);
  const began = performance.now();
  const rows = await run({
    runs: number("runs", values.runs) ?? runs,
    seed,
    tell,
    keep: values.keep === true,
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`\n${name}, seed ${seed}, ${seconds} s\n\n${table(rows)}\n`);
  if (!rows.some(isBroken)) return;
  console.log(`broken: run it again with --seed=${seed}`);
  process.exitCode = 1;
}

function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    console.error(`--${flag}: '${text}' is no number`);
    process.exit(1);
  }
  return value;
}
