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
const ENV = "apps/bot/.env.example";
const ENGINE = "packages/engine";
const HERE = join(import.meta.dirname, "..");
const BIOME = join(HERE, "node_modules/.bin/biome");

type Files = readonly (readonly [file: string, content: string])[];

/** Every derived file and its text, for the workspace at `root`, which must be built. */
export async function derive(root: string): Promise<Files> {
  const packages = readPackages(root);
  const core = await load<typeof Core>(root, "packages/core");
  const engine = await load<{ flags?: readonly Core.Flag[] }>(root, ENGINE);
  if (!core) throw new Error("packages/core is missing");
  const bot = { name: "The bot itself", flags: engine?.flags ?? [] };
  const plugins = await Promise.all(packages.filter(isPlugin).map((pkg) => pluginFlags(root, pkg, core)));
  const linked = linkedNames(root);
  return [
    ...tsconfigs(root, packages),
    ...plugins.flatMap(({ dir, flags }) => filled(root, `${dir}/README.md`, "flags", flagTable(flags))),
    ...filled(root, "README.md", "packages", packageTable(packages.filter(isPublished))),
    ["docs/flags.md", flagsPage([bot, ...plugins])],
    ["docs/errors.md", errorsPage(core.errorCodes)],
    ...(linked ? [[ENV, envExample([bot, ...plugins.filter(({ name }) => linked.has(name))])] as const] : []),
  ];
}

function tsconfigs(root: string, packages: readonly Package[]): Files {
  // An example builds by itself, as it would elsewhere.
  const built = packages.filter(
    ({ dir, kind }) => kind !== "example" && existsSync(join(root, dir, "tsconfig.json")),
  );
  const file = (path: string, paths: readonly string[]) =>
    [path, tsconfig(readText(root, path), paths)] as const;
  return [
    file(
      "tsconfig.json",
      built.map(({ dir }) => dir),
    ),
    ...built.map((pkg) => file(`${pkg.dir}/tsconfig.json`, references(pkg, built))),
  ];
}

/** A file that has the marker, with the content put in; nothing for a file that is not there. */
function filled(root: string, file: string, marker: string, content: string): Files {
  const old = readText(root, file);
  return old === undefined ? [] : [[file, between(old, marker, content)]];
}

/** The derived files that are not as they should be, and how they should be. */
export async function stale(root: string): Promise<ReadonlyMap<string, string>> {
  const derived = await derive(root);
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
