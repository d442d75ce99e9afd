import { BotError } from "@micro-bot/core";

/** An index entry of PostgreSQL ends at 2704 bytes. */
const LONGEST = 2000;
const LAST = 0x10ffff;
const SURROGATES = { first: 0xd800, after: 0xe000 };

/** Throws `invalid` for a key that a text column cannot hold. */
export function checkKey(key: string): void {
  if (key.includes("\0") || !key.isWellFormed())
    throw new BotError("invalid", `[postgres] the key ${JSON.stringify(key)} is not text that can be stored`);
  if (Buffer.byteLength(key) > LONGEST)
    throw new BotError("invalid", `[postgres] the key '${key.slice(0, 40)}…' is over ${LONGEST} bytes`);
}

/** The first text, in order of UTF-8 bytes, after all that begin with the prefix; undefined when there is none. */
export function endOf(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    if (last === LAST) continue;
    const next = last + 1 === SURROGATES.first ? SURROGATES.after : last + 1;
    return points.join("") + String.fromCodePoint(next);
  }
  return undefined;
}
