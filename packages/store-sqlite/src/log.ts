import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

// https://sqlite.org/fileformat2.html#the_write_ahead_log
const HEADER = 32;
const FRAME = 24;
const SALT = { at: 16, bytes: 8 } as const;
/** Of the first word: its last bit says in which order the words are summed. */
const MAGIC = 0x37_7f_06_82;
/** A log that others write to changes between two looks, which are so many milliseconds apart. */
const APART = 50;
const LOOKS = 5;

/**
 * What is wrong with a write-ahead log. SQLite reads a log up to the first page that does not fit, and takes what is
 * behind for never written. `lost`: it was written and synced, as others were written after it. `torn`: the last write does
 * not fit, as after a power cut in the middle of it, or damage to it.
 */
export type LogDamage = "lost" | "torn" | undefined;

/** Looks through a log that nobody is writing to. Undefined also when there is none, or somebody writes to it: they have read it. */
export async function lookThrough(path: string): Promise<LogDamage> {
  let before: Buffer | undefined;
  for (let look = 0; look < LOOKS; look++) {
    const bytes = logAt(path);
    const damage = bytes && damageIn(bytes);
    if (!damage) return undefined;
    if (before?.equals(bytes)) return damage;
    before = bytes;
    await delay(APART);
  }
  return undefined;
}

/** Judges the bytes of a log. */
export function damageIn(log: Buffer): LogDamage {
  if (log.length < HEADER + FRAME) return undefined;
  const little = log.readUInt32BE(0) === MAGIC;
  const sums = (at: number): Sums => [log.readUInt32BE(at), log.readUInt32BE(at + 4)];
  const size = FRAME + log.readUInt32BE(8);
  const whole = (little || log.readUInt32BE(0) === MAGIC + 1) && size > FRAME;
  // The header is synced before the first page behind it is written.
  if (!whole || !same(summed(log.subarray(0, FRAME), little), sums(FRAME))) return "lost";

  const salt = log.subarray(SALT.at, SALT.at + SALT.bytes);
  const frames: { fits: boolean; ours: boolean; commits: boolean }[] = [];
  let last = sums(FRAME);
  for (let at = HEADER; at + size <= log.length; at += size) {
    const own = log.subarray(at + 8, at + 16);
    const stated = sums(at + 16);
    const data = summed(
      log.subarray(at + FRAME, at + size),
      little,
      summed(log.subarray(at, at + 8), little, last),
    );
    frames.push({
      fits: own.equals(salt) && same(data, stated),
      // A log is begun anew over the old one, with another salt: that one bit of it is another is damage.
      ours: bitsApart(own, salt) < 2,
      commits: log.readUInt32BE(at + 4) > 0,
    });
    last = stated;
  }
  const first = frames.findIndex(({ fits }) => !fits);
  if (first < 0) return undefined;
  const behind = frames.slice(first).filter(({ ours }) => ours);
  if (behind.length === 0) return undefined;
  // What is behind a commit was written after that one was synced.
  const commit = behind.findIndex(({ commits }) => commits);
  return commit >= 0 && commit < behind.length - 1 ? "lost" : "torn";
}

type Sums = readonly [number, number];

function same(a: Sums, b: Sums): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function summed(bytes: Buffer, little: boolean, [a, b]: Sums = [0, 0]): Sums {
  let [x, y] = [a, b];
  for (let at = 0; at < bytes.length; at += 8) {
    x = (x + (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + y) >>> 0;
    y = (y + (little ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + x) >>> 0;
  }
  return [x, y];
}

function bitsApart(a: Buffer, b: Buffer): number {
  let count = 0;
  for (const [at, byte] of a.entries()) for (let bits = byte ^ b[at]!; bits > 0; bits &= bits - 1) count++;
  return count;
}

function logAt(path: string): Buffer | undefined {
  try {
    return readFileSync(`${path}-wal`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
