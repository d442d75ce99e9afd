// Durable writes a second to the SQLite store, by one and by many writers, beside bare syncs of the same disk.
// node benchmarks/store.ts [FOLDER]: the folder says which disk. A temporary folder in memory measures nothing.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "@micro-bot/core";
import { sqlite } from "@micro-bot/store-sqlite/plugin";

const SECONDS = 3;
const WRITERS = [1, 8, 64, 512];
const VALUE = { event: "x".repeat(200) };
const ignore = () => {};
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "bench-store-"));

/** Appends as much as one small commit does, and syncs. */
function syncs(): number {
  const page = Buffer.alloc(4096 + 24, 1);
  const file = openSync(join(folder, "bare"), "w");
  const until = performance.now() + SECONDS * 1000;
  let count = 0;
  for (; performance.now() < until; count++) {
    writeSync(file, page);
    fsyncSync(file);
  }
  closeSync(file);
  return count / SECONDS;
}

async function writes(writers: number): Promise<number> {
  const store = await sqlite(`sqlite:${join(folder, `${writers}.db`)}`, { log });
  const until = performance.now() + SECONDS * 1000;
  let count = 0;
  const one = async (writer: number) => {
    for (let i = 0; performance.now() < until; i++, count++)
      await store.write([{ key: `run/${writer}/${i % 100}`, value: VALUE }]);
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => one(writer)));
  await store.close();
  return count / SECONDS;
}

async function reads(): Promise<number> {
  const store = await sqlite(`sqlite:${join(folder, "64.db")}`, { log });
  const until = performance.now() + 1000;
  let count = 0;
  for (; performance.now() < until; count++) await store.get(`run/${count % 64}/${count % 100}`);
  await store.close();
  return count;
}

try {
  const floor = syncs();
  console.log(`bare append and sync  ${Math.round(floor)}/s`);
  for (const writers of WRITERS) {
    const rate = await writes(writers);
    console.log(
      `${String(writers).padStart(4)} writers          ${Math.round(rate)}/s  ${(rate / floor).toFixed(2)} × a bare sync`,
    );
  }
  console.log(`bare sync again       ${Math.round(syncs())}/s`);
  console.log(`get                   ${Math.round(await reads())}/s`);
} finally {
  rmSync(folder, { recursive: true });
}
