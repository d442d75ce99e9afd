// What audit costs, in one run: commands a second with and without it, in memory and on a disk, and the start of a
// command from the shell. node benchmarks/audit.ts [FOLDER]: the folder says which disk.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Command,
  type Log,
  memoryStore,
  newCommand,
  Plugins,
  type Store,
  type Stream,
} from "@micro-bot/core";
import { Bot } from "@micro-bot/engine";
import { sqlite } from "@micro-bot/store-sqlite/plugin";
import { audit } from "@micro-bot/stream-audit/plugin";
import { paceOf, source } from "./lib/source.ts";

const ROUNDS = 3;
const STARTS = 15;
const ignore = () => {};
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "bench-audit-"));
const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;

async function rate(store: Store, people: number, events: number, audited: boolean): Promise<number> {
  const commands = new Plugins<Command>();
  commands.set(
    "^ping( |$)",
    newCommand("ping", "ping", "", () => "pong"),
  );
  const streams = new Plugins<Stream>();
  if (audited) streams.set("audit", audit().stream);
  const { input, answered } = source({ events, people, ahead: Math.min(people, 500) });
  const flags = { rate: 1e9, room_rate: 1e9, command_rate: 1e9, waiting: 1e6 };
  const bot = new Bot({ inputs: [input], commands, streams, store, flags });
  return paceOf(bot, events, answered);
}

async function compare(
  name: string,
  people: number,
  events: number,
  open: () => Promise<Store>,
): Promise<void> {
  const rates: Record<string, number[]> = { without: [], with: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const [which, list] of Object.entries(rates))
      list.push(await rate(await open(), people, events, which === "with"));
  const bare = median(rates.without!);
  const audited = median(rates.with!);
  console.log(
    `${name.padEnd(26)} without ${Math.round(bare)}/s, with ${Math.round(audited)}/s  ${(audited / bare).toFixed(2)} × without`,
  );
}

function starts(): void {
  const micro = fileURLToPath(import.meta.resolve("@micro-bot/bot/main"));
  const link = (name: string, packages: readonly string[]) => {
    const file = join(folder, name);
    const urls = packages.map((one) => new URL(`../packages/${one}/dist/index.js`, import.meta.url).href);
    writeFileSync(file, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
    return [micro, `--link=${file}`, `--store=sqlite:${join(folder, "start.db")}`, "ping"];
  };
  const basics = ["command-basics", "store-sqlite"];
  const cases = [["-e", "0"], link("without.js", basics), link("with.js", ["stream-audit", ...basics])];
  const times = cases.map((): number[] => []);
  for (let run = -1; run < STARTS; run++)
    for (const [i, args] of cases.entries()) {
      const began = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
      if (run >= 0) times[i]!.push(performance.now() - began);
    }
  const [floor, bare, audited] = times.map((list) => median(list).toFixed(0));
  console.log(`micro ping                 without ${bare} ms, with ${audited} ms  node -e 0: ${floor} ms`);
}

try {
  let files = 0;
  await compare("memory, 1000 people", 1000, 20_000, async () => memoryStore());
  for (const people of [1, 8, 64])
    await compare(`sqlite, ${people} people`, people, people === 1 ? 300 : 3000, () =>
      sqlite(`sqlite:${join(folder, `${files++}.db`)}`, { log }),
    );
  starts();
} finally {
  rmSync(folder, { recursive: true });
}
