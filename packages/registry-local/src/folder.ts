import { existsSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { BotError, messageOf } from "@micro-bot/core";

/** Where records are when no flag says: one folder per user, empty after a restart of the machine. */
export function defaultFolder(runtimeDir: string | undefined): string {
  if (runtimeDir) return join(runtimeDir, "micro-bot", "registry");
  return join(tmpdir(), `micro-bot-registry-${process.getuid?.() ?? userInfo().username}`);
}

/**
 * Makes the folder when it is missing, for its user only, and checks it, for in a temporary folder anybody
 * may have made it before us. Throws `config` when others could write into it, `failed` when it cannot be made.
 */
export function openFolder(dir: string): void {
  try {
    make(dir);
  } catch (cause) {
    throw new BotError(
      "failed",
      `the folder ${dir} cannot be made: ${messageOf(cause)}; name another with registry_dir`,
      {
        cause,
      },
    );
  }
  const fault = faultOf(dir);
  if (fault)
    throw new BotError(
      "config",
      `registry_dir: ${dir} ${fault}, so others could put services there; name another folder`,
    );
}

// Node's own `recursive` never ends where a file system takes no folders, as /proc.
function make(dir: string): void {
  if (existsSync(dir)) return;
  if (dirname(dir) !== dir) make(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

// Windows knows neither owners by number nor these bits; its temporary folder is the user's own.
function faultOf(dir: string): string | undefined {
  const stat = lstatSync(dir);
  if (stat.isSymbolicLink()) return "is a link";
  if (process.getuid === undefined) return undefined;
  if (stat.uid !== process.getuid()) return `belongs to another user (uid ${stat.uid})`;
  if ((stat.mode & 0o022) !== 0) return `is writable for others (mode ${(stat.mode & 0o777).toString(8)})`;
  return undefined;
}
