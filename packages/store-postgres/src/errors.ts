import { BotError, messageOf } from "@micro-bot/core";

// PostgreSQL, appendix A: error codes.
const REFUSED: Readonly<Record<string, string>> = {
  "28P01": "the user or the password is wrong",
  "28000": "the server does not let this user in",
  "3D000": "the database does not exist",
  "3F000": "there is no schema to make tables in",
  "42501": "the user may not make or use the bot's tables",
};
const TIMED_OUT = "57014";
/** A standby: nothing was written, and the next connection may reach the primary. */
const READ_ONLY = "25006";
const LOST = /^(08|57P|53300)/;
const AGAIN = /^(40001|40P01)$/;

/** Whether the connection is the trouble. What the server itself answers has a severity. */
export function isLost(error: unknown): boolean {
  const { severity, code } = error as { severity?: string; code?: string };
  return severity === undefined || LOST.test(code ?? "");
}

/** Whether the transaction did nothing, and may do it when tried again. */
export function mayTryAgain(error: unknown): boolean {
  return AGAIN.test(stateOf(error));
}

/** Whether the connection should not be used for what comes next. */
export function spoils(error: unknown): boolean {
  return isLost(error) || stateOf(error) === READ_ONLY;
}

/** For what was not sent, or changes nothing. */
export function translate(error: unknown, where: string): BotError {
  const state = stateOf(error);
  if (Object.hasOwn(REFUSED, state)) return refused(error, where, REFUSED[state]!);
  // The library's own words for it begin with the name of the mechanism.
  if (words(error).startsWith("SASL: ")) return refused(error, where, "the URL has no password that works");
  if (isLost(error) || state === READ_ONLY)
    return new BotError("not_connected", `[postgres] ${where}: ${words(error)}`, { cause: error });
  if (state === TIMED_OUT)
    return new BotError("timeout", `[postgres] ${where}: the database took too long`, { cause: error });
  return new BotError("failed", `[postgres] ${where}: ${words(error)}`, {
    cause: error,
    detail: { sqlstate: state },
  });
}

/** For a write that was sent. */
export function translateWrite(error: unknown, where: string): BotError {
  if (!isLost(error)) return translate(error, where);
  const what = "the connection was lost during a write: it is not known whether the changes were made";
  return new BotError("failed", `[postgres] ${where}: ${what}`, { cause: error, detail: { unknown: true } });
}

function refused(error: unknown, where: string, what: string): BotError {
  return new BotError("config", `--store: ${where}: ${what} (${words(error)})`, { cause: error });
}

function stateOf(error: unknown): string {
  const { severity, code } = error as { severity?: string; code?: string };
  return severity === undefined ? "" : (code ?? "");
}

// Where a name has several addresses, the error of all of them has no words of its own.
function words(error: unknown): string {
  const { errors } = error as { errors?: readonly unknown[] };
  return messageOf(errors?.[0] ?? error);
}
