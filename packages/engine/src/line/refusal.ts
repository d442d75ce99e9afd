import { codeOf, type ErrorCode } from "@micro-bot/core";

/** What a person can mend, or did themselves. Anything else is a fault: of the bot, a plugin, or what they rely on. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  "cancelled",
  "conflict",
  "denied",
  "invalid",
  "limited",
  "not_found",
  "timeout",
]);

/** Whether an error only says no. Its person is told why in its own words, and the log has one line, without a stack. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(codeOf(error));
}
