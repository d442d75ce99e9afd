import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Log, Store } from "@micro-bot/core";
import { onTestFinished } from "vitest";
import { sqlite } from "../src/plugin.ts";
import { silent } from "./help-log.ts";

/** A file that does not exist yet, in a folder that is removed when the test ends. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "store-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "micro.db");
}

/** Closed when the test ends. */
export async function open(file: string, log: Log = silent): Promise<Store> {
  const store = await sqlite(`sqlite:${file}`, { log });
  onTestFinished(() => store.close());
  return store;
}

// SQLite has no XOR.
const FLIP =
  "value = substr(value, 1, 2) || char((unicode(substr(value, 3)) | 1) - (unicode(substr(value, 3)) & 1)) || substr(value, 4)";

/** Changes one bit of the value that the file has for a key; or does something else to the row. */
export function damage(file: string, key: string, how = FLIP): void {
  const db = new DatabaseSync(file);
  const { changes } = db.prepare(`UPDATE entries SET ${how} WHERE key = ?`).run(Buffer.from(key));
  db.close();
  if (changes !== 1) throw new Error(`there is no row '${key}' to damage`);
}

/** A process that does one of the roles in child.ts. It is killed when the test ends. */
export function start(role: string, file: string, ...args: string[]): ChildProcess {
  const child = fork(join(import.meta.dirname, "child.ts"), [role, file, ...args], { execArgv: [] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

export async function message(child: ChildProcess): Promise<unknown> {
  const [what] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code, signal]) => {
      throw new Error(`the process ended (${code ?? signal}) and said nothing`);
    }),
  ]);
  return what;
}

/** Transactions in the write-ahead log: the last frame of each says how large the file then is. */
export function transactions(file: string): number {
  // https://sqlite.org/fileformat2.html#the_write_ahead_log
  const log = readFileSync(`${file}-wal`);
  const frame = 24 + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let count = 0;
  for (let at = 32; at + frame <= log.length; at += frame)
    if (log.readUInt32BE(at + 4) > 0 && log.subarray(at + 8, at + 16).equals(salt)) count++;
  return count;
}
