// What the scripts know of the workspace: its packages, their kinds, and how a fault is told.
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export const SCOPE = "@micro-bot/";
export const PLUGIN_KINDS: readonly string[] = ["input", "command", "stream", "store", "registry"];

type Names = Readonly<Record<string, string>>;

export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly private?: boolean;
  readonly dependencies?: Names;
  readonly peerDependencies?: Names;
  readonly devDependencies?: Names;
  readonly [field: string]: unknown;
}

export interface Package {
  /** From the root, with slashes: `packages/input-irc`. */
  readonly dir: string;
  /** `input-irc`. */
  readonly folder: string;
  /** A kind of plugin, `library` for the other packages, or `app`, `example`, `benchmark`. */
  readonly kind: string;
  readonly manifest: Manifest;
}

/** One thing wrong, and what to do about it. */
export interface Fault {
  readonly file: string;
  readonly line?: number;
  readonly what: string;
  readonly instead: string;
}

/** All packages, sorted by folder: packages first, then apps, examples and benchmarks. */
export function readPackages(root: string): Package[] {
  return ["packages/*", "apps/*", "examples/*", "benchmarks"].flatMap((folders) =>
    globSync(`${folders}/package.json`, { cwd: root })
      .map(slashes)
      .sort()
      .map((file) => readPackage(root, file)),
  );
}

function readPackage(root: string, file: string): Package {
  const dir = dirname(file);
  return { dir, folder: basename(dir), kind: kindOf(dir), manifest: readJson(join(root, file)) as Manifest };
}

function kindOf(dir: string): string {
  const [group, folder = ""] = dir.split("/");
  if (group !== "packages") return group!.replace(/s$/, "");
  const first = folder.split("-")[0]!;
  return folder.includes("-") && PLUGIN_KINDS.includes(first) ? first : "library";
}

export function isPlugin({ kind }: Package): boolean {
  return PLUGIN_KINDS.includes(kind);
}

/** The package's own TypeScript files, from the root. */
export function sourcesOf(root: string, { dir }: Package): string[] {
  const exclude = ["node_modules", "dist", "templates"].map((folder) => `${dir}/**/${folder}/**`);
  return globSync(`${dir}/**/*.ts`, { cwd: root, exclude }).map(slashes).sort();
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** A file's text; undefined when there is none. */
export function readText(root: string, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return undefined;
  }
}

/** One line for each fault on stderr, and exit code 1 when there is any. */
export function tell(faults: readonly Fault[]): void {
  for (const { file, line, what, instead } of faults)
    console.error(`${file}${line === undefined ? "" : `:${line}`}: ${what}: ${instead}`);
  if (faults.length > 0) process.exitCode = 1;
}

function slashes(path: string): string {
  return path.replaceAll("\\", "/");
}
