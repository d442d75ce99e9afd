import { type BotError, messageOf } from "@micro-bot/core";

/** Whether something thrown is a BotError, of whichever copy of core. */
export function isBotError(error: unknown): error is BotError {
  return (error as { name?: unknown } | null | undefined)?.name === "BotError";
}

/** What a failed connection says: a host of several addresses fails with an AggregateError, which has a code but no words. */
export function socketMessage(error: unknown): string {
  return messageOf(error) || ((error as { code?: string } | null)?.code ?? String(error));
}
