import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BotError } from "@micro-bot/core";
import { foreignMaps } from "./foreign-maps.ts";

const NAMES = ["micro.link.ts", "micro.link.js"];

/**
 * Imports the link file, and with it every plugin: the one named, else `micro.link.ts` or `.js` in the working
 * folder, else the app's own list. Resolves with the file, if it was one. Throws `config` when it is not there or a
 * plugin in it cannot be registered.
 */
export async function link(
  named: string | undefined,
  cwd: string,
  builtIn: () => Promise<unknown>,
): Promise<string | undefined> {
  const file = named === undefined ? NAMES.map((name) => join(cwd, name)).find(isFile) : resolve(cwd, named);
  if (named !== undefined && !isFile(file!)) throw new BotError("config", `--link: there is no file ${file}`);
  const stuck = () => {
    process.stderr.write(`micro: the link file ${file ?? "of the app"} waits for what never comes\n`);
    process.exitCode = 1;
  };
  // Node ends a process that only waits for an import, without a word that a user could use.
  process.once("exit", stuck);
  try {
    await (file === undefined ? builtIn() : import(pathToFileURL(file).href));
  } catch (cause) {
    // Loaded only here: a link file that is right has no use for it.
    throw (await import("./misfit.ts")).misfit(cause, file);
  } finally {
    process.off("exit", stuck);
  }
  const foreign = foreignMaps();
  if (foreign.length > 0)
    throw new BotError(
      "config",
      `plugins for another major of core are linked (${foreign.join(", ")}): update them`,
    );
  return file;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
