import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, type Entry, type Log, Plugins, type Store, type Stream } from "@micro-bot/core";
import { memory } from "../../../packages/command-memory/src/plugin.ts";
import { schedule } from "../../../packages/command-schedule/src/plugin.ts";
import { Bot } from "../../../packages/engine/src/index.ts";
import { network } from "../../../packages/engine/test/network.ts";
import { sqlite } from "../../../packages/store-sqlite/src/plugin.ts";
import { audit } from "../../../packages/stream-audit/src/plugin.ts";
import { removeDir, tempDir } from "../../../test/servers/lib.ts";
import { newRandom, type Random } from "../random.ts";
import type { Plan, Scenario } from "../stage.ts";

/** Things that people have the bot remember. */
const MEMORIES = 150;
/** What one of them is long for: it does not fit into a page of the file. */
const LONG = "a long story ".repeat(800);

/** A single flipped bit anywhere in the file of a bot, or in its write-ahead log. */
export const flips: Scenario = {
  name: "flips",
  about: "a single bit flipped anywhere in a bot's SQLite file, or in its write-ahead log",
  runs: 1000,
  run: flipBits,
};

/** What came of a flip. */
type End = "refused" | "told" | "put aside" | "harmless" | "silent";

async function flipBits({ runs, seed, tell }: Plan) {
  const dir = tempDir("flips");
  try {
    const random = newRandom(seed);
    const pictures = await bots(dir, random);
    const ends = new Map<End, string[]>();
    for (let run = 0; run < runs; run++) {
      const picture = pictures[run % pictures.length]!;
      const file = join(dir, "flipped", "micro.db");
      const where = flip(picture, file, random);
      const end = await look(file, picture.entries);
      ends.set(end, [...(ends.get(end) ?? []), where]);
      if ((run + 1) % 100 === 0) tell(`${run + 1} of ${runs}: ${ends.get("silent")?.length ?? 0} silent`);
    }
    const count = (end: End) => ends.get(end)?.length ?? 0;
    return [
      { what: "rows in the file", value: pictures[0]!.entries.size, atLeast: 2 * MEMORIES },
      { what: "flips", value: runs },
      { what: "noticed at opening, which is refused", value: count("refused") },
      { what: "noticed at opening, told in the log", value: count("told") },
      { what: "noticed in a row, which is put aside", value: count("put aside"), atLeast: 1 },
      { what: "changed nothing that is ever read", value: count("harmless") },
      { what: "silent", value: count("silent"), atMost: 0, which: ends.get("silent") ?? [] },
    ];
  } finally {
    removeDir(dir);
  }
}

/** A file, with a log or without, and what is in them. */
interface Picture {
  readonly file: string;
  readonly entries: ReadonlyMap<string, string>;
}

/** The file of a bot that was killed, with its log, and that of one which came to its end. */
async function bots(dir: string, random: Random): Promise<readonly Picture[]> {
  const file = join(dir, "micro.db");
  const killed = join(dir, "killed", "micro.db");
  mkdirSync(join(dir, "killed"));
  const store = await sqlite(`sqlite:${file}`, { log: silent });
  await live(store, random);
  copy(file, killed);
  const entries = await entriesOf(store);
  await store.close();
  return [file, killed].map((one) => ({ file: one, entries }));
}

/** A bot that is talked to. What it keeps of it stays as it is. */
async function live(store: Store, random: Random): Promise<void> {
  const net = network();
  const { stream, command } = audit();
  const commands = new Plugins<Command>();
  for (const [pattern, one] of Object.entries({ ...memory(), ...schedule(), "^audit": command }))
    commands.set(pattern, one);
  const streams = new Plugins<Stream>();
  streams.set(stream.name, stream);
  const bot = new Bot({
    inputs: [net],
    commands,
    streams,
    flags: { rate: 1e6, room_rate: 1e6, command_rate: 1e6, drain_timeout: 50 },
    store: { ...store, close: async () => {} },
  });
  bot.start();
  const said = async (text: string) => {
    net.say(text, { person: `person ${Math.floor(random.between(0, 20))}` });
    await net.heard();
  };
  for (let i = 0; i < MEMORIES; i++) {
    await said(`remember thing ${i} is ${i % 50 === 7 ? LONG : "x".repeat(random.between(1, 300))}`);
    if (i % 3 === 0) await said(`forget thing ${Math.floor(random.between(0, i))}`);
    if (i % 10 === 0) await said(`every ${2 + i} hours, memories`);
  }
  await bot.stop();
}

function copy(from: string, to: string): void {
  for (const end of ["", "-wal"]) {
    rmSync(`${to}${end}`, { force: true });
    if (existsSync(`${from}${end}`)) copyFileSync(`${from}${end}`, `${to}${end}`);
  }
  rmSync(`${to}-shm`, { force: true });
}

/** A copy with one bit that is another. Says which. */
function flip({ file }: Picture, copied: string, random: Random): string {
  mkdirSync(join(copied, ".."), { recursive: true });
  copy(file, copied);
  const sizes = ["", "-wal"].map((end) => (existsSync(copied + end) ? readFileSync(copied + end).length : 0));
  const at = Math.floor(random.between(0, sizes[0]! + sizes[1]!));
  const bit = Math.floor(random.between(0, 8));
  const end = at < sizes[0]! ? "" : "-wal";
  const place = at < sizes[0]! ? at : at - sizes[0]!;
  const bytes = readFileSync(copied + end);
  bytes[place]! ^= 1 << bit;
  writeFileSync(copied + end, bytes);
  return `micro.db${end}${sizes[1] === 0 ? "" : " (killed)"}, byte ${place}, bit ${bit}`;
}

/** Opens the file and reads all that is in it, one way and the other, as a bot does at its start. */
async function look(file: string, before: ReadonlyMap<string, string>): Promise<End> {
  let told = false;
  const error = () => {
    told = true;
  };
  const log = { ...silent, error };
  let store: Store;
  try {
    store = await sqlite(`sqlite:${file}`, { log });
  } catch {
    return "refused";
  }
  try {
    const damaged = await all(store.list("", { damaged: true }));
    const listed = await entriesOf(store);
    const wrong = [...listed].filter(([key, value]) => before.get(key) !== value);
    const missing = new Set<string>();
    for (const [key, value] of before) {
      const got = await store.get(key).catch(() => undefined);
      if (!got || !listed.has(key)) missing.add(key);
      else if (JSON.stringify(got.value) !== value) wrong.push([key, value]);
    }
    if (told) return "told";
    if (wrong.length > 0 || missing.size > damaged.length) return "silent";
    return damaged.length > 0 ? "put aside" : "harmless";
  } catch {
    // Whoever reads is told, and so is `status`.
    return "told";
  } finally {
    await store.close();
  }
}

async function entriesOf(store: Store): Promise<Map<string, string>> {
  const whole = (await all(store.list(""))).filter(({ damaged }) => damaged === undefined);
  return new Map(whole.map(({ key, value }) => [key, JSON.stringify(value)]));
}

async function all(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
