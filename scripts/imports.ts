// Checks that imports go one way (docs/concepts.md), that libraries enter at one place, and that package.json tells the truth.
import { join } from "node:path";
import { isLibrary, nameOf, RULES } from "./import-rules.ts";
import { type Import, parseImports } from "./parse-imports.ts";
import {
  type Fault,
  type Manifest,
  type Package,
  readJson,
  readPackages,
  readText,
  sourcesOf,
  tell,
} from "./workspace.ts";

interface Used extends Import {
  readonly pkg: Package;
  readonly file: string;
  readonly isTest: boolean;
}

/** Everything wrong with the imports of the workspace at `root`. */
export function importFaults(root: string): Fault[] {
  const packages = readPackages(root);
  const read = packages.map((pkg) => readImports(root, pkg));
  const all = read.flatMap(({ imports }) => imports);
  const shared = Object.keys((readJson(join(root, "package.json")) as Manifest).devDependencies ?? {});
  const owners = ownersOf(all);
  return [
    ...all.flatMap((one) => {
      const place = { ...one, shared, owners };
      const wrong = RULES.map((rule) => rule(place)).find((wrong) => wrong !== undefined);
      return wrong ? [{ file: one.file, line: one.line, ...wrong }] : [];
    }),
    ...read.flatMap(({ pkg, named }) => unused(root, pkg, named, packages)),
  ];
}

function readImports(
  root: string,
  pkg: Package,
): { pkg: Package; imports: Used[]; named: ReadonlySet<string> } {
  const parsed = sourcesOf(root, pkg).map((file) => ({ file, ...parseImports(readText(root, file)!) }));
  const isTest = (file: string) => !file.startsWith(`${pkg.dir}/src/`);
  return {
    pkg,
    imports: parsed.flatMap(({ file, imports }) =>
      imports.map((one) => ({ ...one, pkg, file, isTest: isTest(file) })),
    ),
    named: new Set(parsed.flatMap(({ strings }) => [...strings].map(nameOf))),
  };
}

function ownersOf(imports: readonly Used[]): ReadonlyMap<string, string> {
  const libraries = imports
    .filter(isLibrary)
    .map(({ specifier, pkg }) => [nameOf(specifier), pkg.folder] as const);
  // The first in the list wins, so it is put in last.
  return new Map(libraries.reverse());
}

/** What a library from elsewhere asks for beside it. */
function peersOf(manifest: string | undefined): string[] {
  if (manifest === undefined) return [];
  const { peerDependencies = {} } = JSON.parse(manifest) as { peerDependencies?: Record<string, string> };
  return Object.keys(peerDependencies);
}

/** The programs that a package brings along, for the scripts of who has it. */
function binsOf(manifest: string | undefined): string[] {
  if (manifest === undefined) return [];
  const { bin = {} } = JSON.parse(manifest) as { bin?: string | Record<string, string> };
  return typeof bin === "string" ? [] : Object.keys(bin);
}

function unused(
  root: string,
  { dir, manifest }: Package,
  named: ReadonlySet<string>,
  packages: readonly Package[],
): Fault[] {
  const file = `${dir}/package.json`;
  const lines = readText(root, file)!.split("\n");
  const declared = Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.devDependencies,
  });
  // A peer must be there for the packages that ask for it, whether or not it is imported here.
  const peers = packages
    .filter((one) => declared.includes(one.manifest.name))
    .flatMap((one) => Object.keys(one.manifest.peerDependencies ?? {}))
    .concat(declared.flatMap((name) => peersOf(readText(root, `${dir}/node_modules/${name}/package.json`))));
  const run = Object.values((manifest.scripts ?? {}) as Record<string, string>).map(
    (line) => line.split(" ")[0]!,
  );
  const isRun = (name: string) =>
    binsOf(readText(root, `${dir}/node_modules/${name}/package.json`)).some((bin) => run.includes(bin));
  const isUsed = (name: string) => named.has(name) || peers.includes(name) || isRun(name);
  return declared
    .filter((name) => !isUsed(name) && !name.startsWith("@types/"))
    .map((name) => ({
      file,
      line: lines.findIndex((line) => line.includes(`"${name}":`)) + 1,
      what: `declares ${name}, which nothing imports`,
      instead: "remove it",
    }));
}

if (import.meta.main) tell(importFaults(join(import.meta.dirname, "..")));
