import { lstatSync, readFileSync, rmSync, type Stats } from "node:fs";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BotError, messageOf } from "@micro-bot/core";
import { isBotError } from "@micro-bot/kit";
import { openFolder } from "./folder.ts";
import { newRollCall } from "./owner.ts";
import { decodeRecord, type Record } from "./record.ts";

/** The records in one folder. Files that did not change are not read again. */
export interface Records {
  /** The live records in files whose names begin so. Those past their time, or of dead processes, are removed. */
  read(prefix: string): Promise<Record[]>;
  /** Takes effect at once and whole: no reader sees a part of it. */
  write(file: string, text: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** Files that were found and are no records, with the reason. */
  faults(): ReadonlyMap<string, string>;
}

/** What a file held when it looked like this. */
interface Reading {
  readonly stamp: string;
  readonly record: Record | string;
}

const RECORD = /\.[0-9a-f]{32}\.json$/;
const UNFINISHED = /^\..*\.tmp$/;

/** A file that a writer left unfinished is removed after so many milliseconds. */
const UNFINISHED_AGE = 60_000;

/** Bytes of one file. */
export const MAX_BYTES: number = 256 * 1024;

/** Files looked at before others get their turn: each takes a few microseconds, and as much for so many bytes that are new. */
const SLICE = 500;
const BYTES = 500;

export function openRecords(dir: string, now: () => number = Date.now): Records {
  const readings = new Map<string, Reading>();
  const faults = new Map<string, string>();
  let work = 0;

  function look(file: string): Reading | undefined {
    const path = join(dir, file);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const known = readings.get(file);
    const stamp = stampOf(stat);
    if (known?.stamp === stamp) return known;
    const record = readRecord(path, file, stat);
    if (record === undefined) return undefined;
    const reading = { stamp, record };
    readings.set(file, reading);
    return reading;
  }

  function readRecord(path: string, file: string, stat: Stats): Record | string | undefined {
    if (!stat.isFile()) return "is no file";
    if (stat.size > MAX_BYTES) return "is too large";
    work += stat.size / BYTES;
    try {
      return decodeRecord(file, readFileSync(path, "utf8"));
    } catch (error) {
      if (codeIn(error) === "ENOENT") return undefined;
      return `cannot be read: ${messageOf(error)}`;
    }
  }

  // Its owner may have renewed it since it was read: only what was judged is removed.
  function clear(file: string, stamp: string): void {
    const stat = lstatSync(join(dir, file), { throwIfNoEntry: false });
    if (stat && stampOf(stat) === stamp) rmSync(join(dir, file), { force: true });
  }

  function clearUnfinished(file: string): void {
    const stat = lstatSync(join(dir, file), { throwIfNoEntry: false });
    if (stat && now() - stat.mtimeMs > UNFINISHED_AGE) rmSync(join(dir, file), { force: true });
  }

  function live(file: string, isGone: ReturnType<typeof newRollCall>): Record | undefined {
    const reading = look(file);
    if (reading === undefined) return undefined;
    const { record, stamp } = reading;
    if (typeof record === "string") {
      faults.set(file, record);
      return undefined;
    }
    if (record.expires === null || (record.expires > now() && !isGone(record.owner))) return record;
    clear(file, stamp);
    return undefined;
  }

  async function files(): Promise<string[]> {
    openFolder(dir);
    const found = await readdir(dir).catch(failed);
    const present = new Set(found);
    for (const file of readings.keys()) if (!present.has(file)) readings.delete(file);
    faults.clear();
    for (const file of found)
      if (UNFINISHED.test(file)) clearUnfinished(file);
      else if (!RECORD.test(file)) faults.set(file, "is not of this registry");
    return found.filter((file) => RECORD.test(file));
  }

  async function put(file: string, text: string): Promise<void> {
    openFolder(dir);
    const unfinished = join(dir, `.${crypto.randomUUID()}.tmp`);
    try {
      await writeFile(unfinished, text, { mode: 0o600 });
      await rename(unfinished, join(dir, file));
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw error;
    }
  }

  return {
    async read(prefix) {
      const isGone = newRollCall();
      const records: Record[] = [];
      for (const file of await files()) {
        // Faulty files stay known until they change, though they are not asked for.
        const fault = readings.get(file)?.record;
        if (!file.startsWith(prefix)) {
          if (typeof fault === "string") faults.set(file, fault);
          continue;
        }
        const record = live(file, isGone);
        if (record) records.push(record);
        if (++work < SLICE) continue;
        work = 0;
        await nextTurn();
      }
      return records;
    },
    async write(file, text) {
      // Once more when somebody removed the folder in between.
      await put(file, text)
        .catch((error: unknown) => {
          if (codeIn(error) !== "ENOENT") throw error;
          return put(file, text);
        })
        .catch(failed);
    },
    async remove(file) {
      await rm(join(dir, file), { force: true }).catch(failed);
    },
    faults: () => faults,
  };

  function failed(error: unknown): never {
    if (isBotError(error)) throw error;
    throw new BotError("failed", `the folder ${dir} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

function stampOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

function codeIn(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}
