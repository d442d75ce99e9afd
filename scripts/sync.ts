// Writes what can be derived: references, tables of flags, errors and packages. `--check` only names what is out of date.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type * as Core from "@micro-bot/core";
import {
  between,
  envExample,
  errorsPage,
  flagsPage,
  flagTable,
  packageTable,
  references,
  tsconfig,
} from "./derive.ts";
import { load, pluginFlags } from "./load.ts";
import { parseImports } from "./parse-imports.ts";
import { isPlugin, type Package, readPackages, readText, tell } from "./workspace.ts";

const LINK_FILE = "apps/bot/src/plugins.ts";
const ENGINE = "packages/engine";
const HERE = join(import.meta.dirname, "..");
const BIOME = join(HERE, "node_modules/.bin/biome");

/** Every derived file and its text, for the workspace at `root`, which must be built. */
export async function derive(root: string): Promise<ReadonlyMap<string, string>> {
  const packages = readPackages(root);
  const built = packages.filter(({ dir }) => existsSync(join(root, dir, "tsconfig.json")));
  const core = await load<typeof Core>(root, "packages/core");
  const plugins = await Promise.all(packages.filter(isPlugin).map((pkg) => pluginFlags(root, pkg, core!)));
  const engine = (await load<{ flags?: readonly Core.Flag[] }>(root, ENGINE))?.flags ?? [];
  const all = [{ name: "The bot itself", flags: engine }, ...plugins.filter(({ flags }) => flags.length > 0)];
  const linked = linkedNames(root);

  const files = new Map<string, string>();
  files.set(
    "tsconfig.json",
    tsconfig(
      readText(root, "tsconfig.json"),
      built.map(({ dir }) => dir),
    ),
  );
  for (const pkg of built) {
    const file = `${pkg.dir}/tsconfig.json`;
    files.set(file, tsconfig(readText(root, file), references(pkg, built)));
  }
  for (const [index, pkg] of packages.filter(isPlugin).entries())
    fill(root, files, `${pkg.dir}/README.md`, "flags", flagTable(plugins[index]!.flags));
  fill(root, files, "README.md", "packages", packageTable(packages.filter(isPublished)));
  files.set("docs/flags.md", flagsPage(all));
  files.set("docs/errors.md", errorsPage(core!.errorCodes));
  if (linked)
    files.set("apps/bot/.env.example", envExample([all[0]!, ...all.filter(({ name }) => linked.has(name))]));
  return files;
}

/** The derived files that are not as they should be, and how they should be. */
export async function stale(root: string): Promise<ReadonlyMap<string, string>> {
  const derived = [...(await derive(root))];
  const laidOut = await Promise.all(
    derived.map(async ([file, content]) => [file, await layOut(file, content)] as const),
  );
  return new Map(laidOut.filter(([file, content]) => readText(root, file) !== content));
}

/** As `pnpm format` would lay it out; so a file is not changed back and forth. */
async function layOut(file: string, content: string): Promise<string> {
  if (!/\.(json|md)$/.test(file)) return content;
  const biome = spawn(BIOME, ["format", `--stdin-file-path=${file}`], {
    cwd: HERE,
    stdio: ["pipe", "pipe", "inherit"],
  });
  biome.stdin.end(content);
  const [laidOut, [code]] = await Promise.all([text(biome.stdout), once(biome, "close")]);
  if (code !== 0) throw new Error(`biome could not lay out ${file}`);
  return laidOut;
}

function linkedNames(root: string): ReadonlySet<string> | undefined {
  const source = readText(root, LINK_FILE);
  if (source === undefined) return undefined;
  return new Set(parseImports(source).imports.map(({ specifier }) => specifier));
}

function fill(root: string, files: Map<string, string>, file: string, marker: string, content: string): void {
  const old = readText(root, file);
  if (old !== undefined) files.set(file, between(old, marker, content));
}

function isPublished({ dir, manifest }: Package): boolean {
  return dir.startsWith("packages/") && manifest.private !== true;
}

async function main(root: string): Promise<void> {
  const files = await stale(root);
  if (process.argv.includes("--check"))
    return tell(
      [...files.keys()].map((file) => ({ file, what: "is out of date", instead: "run pnpm sync" })),
    );
  for (const [file, content] of files) {
    writeFileSync(join(root, file), content);
    console.log(`wrote ${file}`);
  }
}

if (import.meta.main) await main(HERE);
