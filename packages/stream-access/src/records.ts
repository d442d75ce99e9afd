import { BotError, type Json, type Store } from "@micro-bot/core";
import { writeIf } from "@micro-bot/kit";

/** Crockford's letters: none looks like another when it is read aloud or typed. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** How often a write is tried again that somebody else was quicker with. */
const TRIES = 20;

/** Loading it takes a tenth of the time of a command from the shell, which seldom needs it. */
const crypto = () => process.getBuiltinModule("node:crypto");

/** A new code of so many letters, five bits each. */
export function newCode(letters: number): string {
  return Array.from(crypto().randomBytes(letters), (byte) => LETTERS[byte & 31]).join("");
}

/** A code as it was made, however it was typed. */
export function readCode(text: string): string {
  return text.trim().toUpperCase().replace(/O/gu, "0").replace(/[IL]/gu, "1").replace(/-/gu, "");
}

/** A name for a key, of one length, whatever it stands for. */
export function digest(text: string): string {
  return crypto().createHash("sha256").update(text).digest("base64url");
}

/**
 * Changes one entry, reading again when somebody else was quicker. `change` gives the new value and how long it lives,
 * or undefined to leave it.
 */
export async function update<T>(
  store: Store,
  key: string,
  change: (value: T | undefined) => { readonly value: T; readonly ttl: number } | undefined,
): Promise<T | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const entry = await store.get(key);
    const before = entry?.value as T | undefined;
    const next = change(before);
    if (!next) return before;
    const { value, ttl } = next;
    if (await writeIf(store, [{ key, value: value as Json, ttl, version: entry?.version ?? 0 }]))
      return value;
  }
  throw new BotError("conflict", "too many are at it at once: try again");
}
