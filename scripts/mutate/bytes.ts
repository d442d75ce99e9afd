import type { Random } from "../soak/random.ts";

/** What breaks readers of text: ends of lines, halves of characters, marks that turn text around, what is a number and is not. */
export const ODD_TEXTS: readonly string[] = [
  "",
  " ",
  "\0",
  "\r\n",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\ud800",
  "\uffff",
  "👋🏽",
  "-1",
  "0",
  "1e308",
  "NaN",
  "999999999999999999999",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "then",
  "toJSON",
  "null",
  "[object Object]",
  "<>&\"'",
  "%00%ff",
  "\u0001ACTION \u0001",
  "x".repeat(5000),
  "(".repeat(500),
  "a b",
  "*",
  "@",
  "/",
  ":",
];

type Change = (bytes: Buffer, random: Random) => Buffer;

const CHANGES: readonly Change[] = [
  (bytes, random) => {
    const at = index(bytes.length, random);
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << index(8, random));
    return copy;
  },
  (bytes, random) => {
    const [start, end] = range(bytes.length, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  (bytes, random) => bytes.subarray(0, index(bytes.length, random)),
  (bytes, random) => insert(bytes, Buffer.from(random.pick(ODD_TEXTS)), random),
  (bytes, random) =>
    insert(
      bytes,
      Buffer.from(Array.from({ length: 1 + index(8, random) }, () => index(256, random))),
      random,
    ),
  (bytes, random) => {
    const [start, end] = range(bytes.length, random);
    return insert(bytes, bytes.subarray(start, end), random);
  },
  (bytes, random) => {
    const [start, end] = range(bytes.length, random);
    const middle = start + index(end - start, random);
    return Buffer.concat([
      bytes.subarray(0, start),
      bytes.subarray(middle, end),
      bytes.subarray(start, middle),
      bytes.subarray(end),
    ]);
  },
];

/** Bytes with one to three changes: a bit flipped, a part cut, doubled or swapped, something put in, or the end gone. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let left = 1 + index(3, random); left > 0; left--) changed = random.pick(CHANGES)(changed, random);
  return changed;
}

/** From 0 to below `count`, or 0. */
export function index(count: number, random: Random): number {
  return Math.floor(random.next() * count);
}

/** Whether something of this chance, from 0 to 1, happens. */
export function happens(chance: number, random: Random): boolean {
  return random.next() < chance;
}

/** A text that is odd by itself, or that a part of became so. */
export function oddText(text: string, random: Random): string {
  if (happens(0.5, random)) return random.pick(ODD_TEXTS);
  const at = index(text.length + 1, random);
  return text.slice(0, at) + random.pick(ODD_TEXTS) + text.slice(happens(0.5, random) ? at : at + 1);
}

function insert(bytes: Buffer, more: Buffer, random: Random): Buffer {
  const at = index(bytes.length + 1, random);
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function range(length: number, random: Random): [start: number, end: number] {
  const start = index(length, random);
  return [start, Math.min(length, start + 1 + index(40, random))];
}
