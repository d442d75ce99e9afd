import { BotError, codeOf } from "./errors.ts";
import type { Entry } from "./store.ts";

/** The error for a row that is not as it was written. `store` names the store. */
export function damagedRow(store: string, { key, version, damaged }: Entry): BotError {
  return new BotError("damaged", `[${store}] the row '${key}' is not as it was written: it is damaged`, {
    detail: { key, version, rest: damaged ?? "" },
  });
}

/** The entry in an error of code `damaged`; undefined for any other error. */
export function damagedIn(error: unknown): Entry | undefined {
  if (codeOf(error) !== "damaged") return undefined;
  const { key, version, rest } = (error as BotError).detail as { key: string; version: number; rest: string };
  return { key, value: null, version, damaged: rest };
}
