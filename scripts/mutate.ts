// Says broken frames to real inputs: `npm run mutate -- irc 1000000 --seed=7`. Ends with 1 when one of them did harm.
import { parseArgs } from "node:util";
import { mutate, type Outcome } from "./mutate/run.ts";
import { targets } from "./mutate/targets.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string" }, from: { type: "string" } },
});
const [name = "", count = "10000"] = positionals;
const chosen = name === "all" ? [...targets.values()] : [targets.get(name)];
const frames = whole("the number of frames", count);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole("--seed", values.seed);
const from = whole("--from", values.from ?? "0");
if (chosen.includes(undefined)) {
  const list = [...targets.values()].map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join("\n");
  fail(`npm run mutate -- NAME [FRAMES] [--seed=N] [--from=N]\n\n${list}\n  all`);
}

for (const target of chosen) {
  const tell = (words: string) =>
    console.error(`${new Date().toISOString().slice(11, 19)} ${target!.name}: ${words}`);
  tell(`seed ${seed}`);
  report(target!.name, await mutate({ target: target!, frames, seed, from, tell }));
}

function report(name: string, { frames, seconds, heard, connections, faults, exits, deaf }: Outcome): void {
  const speed = Math.round(frames / seconds);
  console.log(
    `${name}: seed ${seed}, ${frames} frames, ${speed} a second, ${heard} events heard, ${connections} connections, ` +
      `${exits} exits, ${deaf} times deaf, ${faults.length} faults`,
  );
  for (const fault of faults) console.log(fault);
  if (faults.length > 0) process.exitCode = 1;
}

function whole(what: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) fail(`${what}: '${text}' is no whole number`);
  return number;
}

function fail(words: string): never {
  console.error(words);
  process.exit(1);
}
