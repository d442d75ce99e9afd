import { readFile, writeFile } from "node:fs/promises";
import { type Log, messageOf } from "@micro-bot/core";

/** What was typed, the newest first. A file that is not there yet is empty; one that cannot be read is told. */
export async function readHistory(file: string, log: Log): Promise<readonly string[]> {
  try {
    const lines = (await readFile(file, "utf8")).split("\n");
    return lines.filter((line) => line !== "").reverse();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") warn(error, log);
    return [];
  }
}

/** The oldest first, as shells do. Only the owner may read it: what is typed may hold secrets. */
export async function writeHistory(file: string, history: readonly string[], log: Log): Promise<void> {
  try {
    await writeFile(file, `${history.toReversed().join("\n")}\n`, { mode: 0o600 });
  } catch (error) {
    warn(error, log);
  }
}

function warn(error: unknown, log: Log): void {
  log.warn({ flag: "console_history" }, `console_history cannot be used: ${messageOf(error)}`);
}
