import { existsSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { BotError, messageOf } from "@micro-bot/core";
import type { Env } from "./values.ts";

const INSTEAD = "name another place with --store=sqlite:FILE";

/**
 * The folder where state is kept when nobody says: systemd's `StateDirectory=`, the user's state folder
 * (https://specifications.freedesktop.org/basedir-spec), or that of their home. Undefined when there is none.
 */
export function stateFolder(env: Env): string | undefined {
  const [systemd] = (env.STATE_DIRECTORY ?? "").split(delimiter);
  if (usable(systemd)) return systemd;
  const { XDG_STATE_HOME: state } = env;
  if (usable(state)) return join(state, "micro-bot");
  const home = homeOf(env);
  return home && join(home, ".local", "state", "micro-bot");
}

/**
 * Makes a folder for its user alone, and those above it. Node's own `recursive` never ends where a file system takes
 * no folders, as /proc. Throws `config`.
 */
export function makeFolder(folder: string | undefined): void {
  if (folder === undefined)
    throw new BotError("config", `there is no home folder to keep state in: ${INSTEAD}`);
  try {
    makeAll(folder);
  } catch (cause) {
    throw new BotError("config", `the folder ${folder} cannot be made (${messageOf(cause)}): ${INSTEAD}`, {
      cause,
    });
  }
}

function makeAll(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeAll(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

// What is not absolute would be in whatever folder the bot is started from.
function usable(path: string | undefined): path is string {
  return path !== undefined && isAbsolute(path);
}

function homeOf({ HOME }: Env): string | undefined {
  if (usable(HOME)) return HOME;
  try {
    const { homedir } = userInfo();
    return usable(homedir) ? homedir : undefined;
  } catch {
    // A container may know its user only by number.
    return undefined;
  }
}
