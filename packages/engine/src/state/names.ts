let time = 0;
let count = 0;

/**
 * A name that no other run or message has: time, a count, then chance, so that those of one process sort by age. Not a
 * secret. node:crypto would cost a command from the shell a tenth of its time.
 */
export function newId(): string {
  const now = Date.now();
  // Never back, also when the clock goes back.
  count = now > time ? 0 : count + 1;
  time = Math.max(time, now);
  const chance = Math.random().toString(36).slice(2, 6).padEnd(4, "0");
  return `${time.toString(36)}${count.toString(36).padStart(4, "0")}${chance}`;
}

/** Keys of some databases end at 2,000 bytes; a name in a key takes at most so many characters. */
const MAX_NAME = 500;

/** A name from outside as the last part of a key: two names are never the same. */
export function keyName(text: string): string {
  const name = encodeURIComponent(text.toWellFormed());
  if (name.length <= MAX_NAME) return name;
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `#${createHash("sha256").update(name).digest("base64url")}`;
}
