import type { BotError } from "@micro-bot/core";

/** Whether something thrown is a BotError, of whichever copy of core. */
export function isBotError(error: unknown): error is BotError {
  return (error as { name?: unknown } | null | undefined)?.name === "BotError";
}
