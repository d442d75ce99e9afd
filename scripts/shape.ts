// Checks that every package folder looks like its kind: the same files, package.json and README everywhere.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Fault, isPlugin, type Package, readPackages, readText, SCOPE, tell } from "./workspace.ts";

type Check = (pkg: Package, root: string) => readonly Fault[];

const INDEX = { types: "./dist/index.d.ts", default: "./dist/index.js" };
const PLUGIN = { types: "./dist/plugin.d.ts", default: "./dist/plugin.js" };
/** A README is a page, and registering takes a few lines. */
const LONGEST = { readme: 80, index: 12 };

/** What holds for every package, and what for plugins. */
const FIELDS: Readonly<Record<string, unknown>> = {
  license: "MIT",
  type: "module",
  engines: { node: ">=22.13" },
};
const PLUGIN_FIELDS: Readonly<Record<string, unknown>> = {
  exports: { ".": INDEX, "./plugin": PLUGIN },
  sideEffects: ["./dist/index.js"],
};
/** What is published besides code: schemas of files that people write. */
const PUBLISHED = /^(?:dist|[a-z-]+\.schema\.json)$/;
const FLAGS = /<!-- flags -->[\s\S]*<!-- \/flags -->/;
const FILES = ["package.json", "tsconfig.json", "README.md", "src/index.ts"];
const PLUGIN_FILES = ["src/plugin.ts", "test/plugin.test.ts"];

/** Everything wrong with the folders under packages/. */
export function shapeFaults(root: string): Fault[] {
  const packages = readPackages(root).filter(({ dir }) => dir.startsWith("packages/"));
  return packages.flatMap((pkg) => CHECKS.flatMap((check) => check(pkg, root)));
}

/** An input that is another one with settings of its own: that one has the connection. */
function isProfile({ manifest }: Package): boolean {
  return Object.keys(manifest.dependencies ?? {}).some((name) => name.startsWith(`${SCOPE}input-`));
}

const files: Check = (pkg, root) => {
  const wanted = [
    ...FILES,
    ...(isPlugin(pkg) ? PLUGIN_FILES : []),
    ...(pkg.kind === "input" && !isProfile(pkg) ? ["src/conn.ts"] : []),
  ];
  return wanted
    .filter((file) => !existsSync(join(root, pkg.dir, file)))
    .map((file) => ({
      file: `${pkg.dir}/${file}`,
      what: "is missing",
      instead: `every ${pkg.kind} package has it`,
    }));
};

const fields: Check = (pkg) => {
  const name = `${SCOPE}${pkg.folder}`;
  const wanted = Object.entries({ name, ...FIELDS, ...(isPlugin(pkg) ? PLUGIN_FIELDS : {}) });
  return wanted
    .filter(([field, value]) => !isDeepStrictEqual(pkg.manifest[field], value))
    .map(([field, value]) =>
      manifestFault(pkg, `${field} is not as in its kind`, `write ${JSON.stringify(value)}`),
    );
};

const published: Check = (pkg) => {
  const { files = [] } = pkg.manifest as { readonly files?: readonly string[] };
  const isGood = files[0] === "dist" && files.every((file) => PUBLISHED.test(file));
  if (!isPlugin(pkg) || isGood) return [];
  return [manifestFault(pkg, "files is not as in its kind", 'write ["dist"], and schemas after it')];
};

const words: Check = (pkg) => [
  ...when(!pkg.manifest.description, () =>
    manifestFault(pkg, "has no description", "say in a sentence what it is"),
  ),
  ...when(!/^\d+\.\d+\.\d+/.test(pkg.manifest.version ?? ""), () =>
    manifestFault(pkg, "has no version", "begin with 0.1.0"),
  ),
];

const core: Check = (pkg) => {
  if (!isPlugin(pkg)) return [];
  const name = `${SCOPE}core`;
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = pkg.manifest;
  return [
    ...when(name in dependencies, () =>
      manifestFault(pkg, "depends on core", "core is a peer: the bot brings it"),
    ),
    ...when(peerDependencies[name] !== "workspace:^", () =>
      manifestFault(pkg, "is no peer of core", `peerDependencies needs "${name}": "workspace:^"`),
    ),
    ...when(devDependencies[name] !== "workspace:*", () =>
      manifestFault(pkg, "has no core to build with", `devDependencies needs "${name}": "workspace:*"`),
    ),
  ];
};

const exact: Check = (pkg) =>
  Object.entries(pkg.manifest.dependencies ?? {})
    .filter(([, version]) => !/^(\d|workspace:)/.test(version))
    .map(([name, version]) => manifestFault(pkg, `${name} is '${version}'`, "give its exact version"));

const tsconfig: Check = ({ dir }, root) => {
  const text = readText(root, `${dir}/tsconfig.json`);
  if (text === undefined || text.includes('"extends": "../../tsconfig.base.json"')) return [];
  return [
    {
      file: `${dir}/tsconfig.json`,
      what: "has settings of its own",
      instead: "extend ../../tsconfig.base.json",
    },
  ];
};

const index: Check = (pkg, root) => {
  const file = `${pkg.dir}/src/index.ts`;
  const lines = (readText(root, file) ?? "").split("\n").filter((line) => line.trim() !== "").length;
  if (!isPlugin(pkg) || lines <= LONGEST.index) return [];
  return [
    { file, what: `has ${lines} lines`, instead: `it registers the plugin in ${LONGEST.index} or fewer` },
  ];
};

const readme: Check = (pkg, root) => {
  const file = `${pkg.dir}/README.md`;
  const text = readText(root, file);
  if (text === undefined) return [];
  const { name } = pkg.manifest;
  const wanted: Record<string, boolean> = {
    [`its name as title: # ${name}`]: text.startsWith(`# ${name}\n`),
    [`how to install it: npm install ${name}`]: new RegExp(`npm install .*${name}`).test(text),
    "its licence: MIT": /\bMIT\b/.test(text),
    [`no more than ${LONGEST.readme} lines`]: text.split("\n").length <= LONGEST.readme + 1,
  };
  if (isPlugin(pkg)) {
    wanted[`the line that links it: import "${name}";`] = text.includes(`import "${name}";`);
    wanted["the markers <!-- flags --> and <!-- /flags -->"] = FLAGS.test(text);
  }
  const missing = Object.keys(wanted).filter((what) => !wanted[what]);
  return missing.map((what) => ({ file, what: "does not look like the others", instead: `it has ${what}` }));
};

const CHECKS: readonly Check[] = [files, fields, published, words, core, exact, tsconfig, index, readme];

function manifestFault({ dir }: Package, what: string, instead: string): Fault {
  return { file: `${dir}/package.json`, what, instead };
}

function when(wrong: boolean, fault: () => Fault): Fault[] {
  return wrong ? [fault()] : [];
}

if (import.meta.main) tell(shapeFaults(join(import.meta.dirname, "..")));
