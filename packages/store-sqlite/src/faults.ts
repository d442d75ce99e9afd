import { BotError, type ErrorCode, messageOf } from "@micro-bot/core";

// https://sqlite.org/rescode.html, the primary result codes.
const BUSY = 5;
const advice: Readonly<Record<number, string>> = {
  3: "it may not be opened: check its owner and mode",
  [BUSY]: "another program holds it: end that program, or name another file with --store",
  8: "it may not be written: check its owner and mode, and its folder's",
  10: "the disk gave an error",
  11: "it is damaged: restore it from a backup",
  13: "the disk is full",
  14: "it cannot be opened: check its owner and mode, and its folder's",
  26: "it is not an SQLite database: name another file with --store",
};

/** Another process is writing, or holds the file. */
export function isBusy(error: unknown): boolean {
  return codeIn(error) === BUSY;
}

/** What SQLite or the file system threw, told with the file's name and what to do. Ours pass as they are. */
export function fault(code: ErrorCode, path: string, error: unknown): unknown {
  if (error instanceof Error && error.name === "BotError") return error;
  const what = advice[codeIn(error)];
  const words = what ? `${what} (${messageOf(error)})` : messageOf(error);
  return new BotError(code, `[sqlite] ${path}: ${words}`, { cause: error });
}

function codeIn(error: unknown): number {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  // The upper bits say more of the same.
  return typeof code === "number" ? code & 0xff : 0;
}
