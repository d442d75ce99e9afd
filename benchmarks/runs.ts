// Durable runs a second, end to end (stored, begun, run, result and reply stored, sent, removed), beside bare syncs of
// the same disk in the same run. node benchmarks/runs.ts [FOLDER]: the folder says which disk.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { openPostgres } from "@micro-bot/store-postgres/plugin";
import { sqlite } from "@micro-bot/store-sqlite/plugin";
import { noPostgres, startPostgres } from "../test/servers/postgres.ts";
import { paceOf, source } from "./lib/source.ts";

const CONVERSATIONS = [1, 8, 64];
const ignore = () => {};
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "bench-runs-"));

function syncs(): number {
  const page = Buffer.alloc(4096 + 24, 1);
  const file = openSync(join(folder, "bare"), "w");
  const until = performance.now() + 2000;
  let count = 0;
  for (; performance.now() < until; count++) {
    writeSync(file, page);
    fsyncSync(file);
  }
  closeSync(file);
  return count / 2;
}

/** Commands of rerun `never`: each is written down four times. */
async function runs(store: Store, conversations: number): Promise<number> {
  const events = conversations === 1 ? 500 : 5000;
  const commands = new Plugins<Command>();
  commands.set(
    "^ping( |$)",
    newCommand("ping", "ping", "", () => "pong"),
  );
  const { input, answered } = source({ events, people: conversations, ahead: conversations });
  const bot = new Bot({
    inputs: [input],
    commands,
    streams: new Plugins<Stream>(),
    store,
    flags: { rate: 1e9, waiting: 1e6 },
  });
  return paceOf(bot, events, answered);
}

async function measure(
  name: string,
  open: (conversations: number) => Promise<Store>,
  floor: number,
): Promise<void> {
  for (const conversations of CONVERSATIONS) {
    const rate = await runs(await open(conversations), conversations);
    const ratio = (rate / floor).toFixed(2);
    console.log(
      `${name}, ${String(conversations).padStart(2)} conversations  ${Math.round(rate)}/s  ${ratio} × a bare sync`,
    );
  }
}

try {
  const floor = syncs();
  console.log(`bare append and sync          ${Math.round(floor)}/s`);
  await measure("memory  ", async () => memoryStore(), floor);
  await measure("sqlite  ", (n) => sqlite(`sqlite:${join(folder, `${n}.db`)}`, { log }), floor);
  if (noPostgres) console.log(`postgres: ${noPostgres}`);
  else {
    const server = await startPostgres();
    await measure("postgres", () => openPostgres(server.url, { log }), floor);
    await server.stop();
  }
  console.log(`bare append and sync again    ${Math.round(syncs())}/s`);
} finally {
  rmSync(folder, { recursive: true });
}
