import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BotError, codeOf, foreignMaps, messageOf } from "@micro-bot/core";

const NAMES = ["micro.link.ts", "micro.link.js"];

/**
 * Imports the link file, and with it every plugin: the one named, else `micro.link.ts` or `.js` in the working
 * folder, else the app's own list. Throws `config` when it is not there or a plugin in it cannot be registered.
 */
export async function link(
  named: string | undefined,
  cwd: string,
  builtIn: () => Promise<unknown>,
): Promise<void> {
  const file =
    named === undefined
      ? NAMES.map((name) => join(cwd, name)).find((path) => existsSync(path))
      : resolve(cwd, named);
  if (named !== undefined && !existsSync(file!))
    throw new BotError("config", `--link: there is no file ${file}`);
  try {
    await (file === undefined ? builtIn() : import(pathToFileURL(file).href));
  } catch (cause) {
    throw explained(cause, file);
  }
  const foreign = foreignMaps();
  if (foreign.length > 0)
    throw new BotError(
      "config",
      `plugins for another major of core are linked (${foreign.join(", ")}): update them`,
    );
}

function explained(cause: unknown, file: string | undefined): BotError {
  const { key, first, second } = (cause as { detail?: Record<string, unknown> }).detail ?? {};
  if (codeOf(cause) === "config" && typeof key === "string")
    return new BotError(
      "config",
      `'${key}' is taken: ${packageOf(first)} and ${packageOf(second)} both register it`,
      { cause },
    );
  const [line] = messageOf(cause).split("\n");
  return new BotError("config", `the link file ${file ?? "of the app"} cannot be loaded: ${line}`, { cause });
}

/** The name of the package that a file is part of, or the file. */
export function packageOf(origin: unknown): string {
  if (typeof origin !== "string") return "unknown";
  const path = origin.startsWith("file:") ? fileURLToPath(origin) : origin;
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    const name = nameIn(join(dir, "package.json"));
    if (name !== undefined) return name;
    if (dir === dirname(dir)) return path;
  }
}

function nameIn(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name;
  } catch {
    return undefined;
  }
}
