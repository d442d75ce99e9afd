// What only running code can tell: the flags of the built packages.
import { existsSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as Core from "@micro-bot/core";
import type { PackageFlags } from "./derive.ts";
import type { Package } from "./workspace.ts";

/** The flags of all that a package registers when it is imported, found as the bot finds them: in core's maps. */
export async function pluginFlags(
  root: string,
  { dir, manifest }: Package,
  core: typeof Core,
): Promise<PackageFlags & Pick<Package, "dir">> {
  await load(root, dir);
  const folder = realpathSync(join(root, dir)) + sep;
  const kinds = [
    core.inputs,
    core.commands,
    core.streams,
    core.registries,
  ] as readonly Core.Plugins<Core.Plugin>[];
  const own = kinds.flatMap((map) => [...map].filter(([key]) => path(map.origin(key)).startsWith(folder)));
  return { dir, name: manifest.name, flags: own.flatMap(([, plugin]) => plugin.flags?.() ?? []) };
}

function path(origin = ""): string {
  return origin.startsWith("file:") ? fileURLToPath(origin) : origin;
}

/** Undefined for a package that does not exist; one that is not built is an error. */
export async function load<T>(root: string, dir: string): Promise<T | undefined> {
  if (!existsSync(join(root, dir))) return undefined;
  const file = join(root, dir, "dist/index.js");
  if (!existsSync(file)) throw new Error(`${dir} is not built: run pnpm build`);
  return (await import(pathToFileURL(file).href)) as T;
}
