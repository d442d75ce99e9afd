// The rules of imports: each looks at one import and says what is wrong with it, if anything.
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { Import } from "./parse-imports.ts";
import { type Fault, isPlugin, type Package, SCOPE } from "./workspace.ts";

/** Libraries that take long to load: `micro --help` must not wait for them. */
export const HEAVY: readonly string[] = [
  "irc-framework",
  "@slack/bolt",
  "@slack/socket-mode",
  "@slack/web-api",
  "@xmpp/client",
  "imapflow",
  "nodemailer",
  "mailparser",
  "smtp-server",
  "consul",
  "pg",
  "pino-pretty",
];
/** Libraries of a syntax that people write in several places: it must be read the same in all of them. */
const SHARED = ["re2js"];
const USES_MICRO = ["command-micro", "stream-server", "stream-services"];

/** One import, and what the rules know beside it. */
export interface Place extends Import {
  readonly pkg: Package;
  readonly file: string;
  /** Anything outside src: it is not published. */
  readonly isTest: boolean;
  /** What the whole workspace may use in tests. */
  readonly shared: readonly string[];
  /** The first package whose src imports a library, by library. */
  readonly owners: ReadonlyMap<string, string>;
}

type Rule = (place: Place) => Pick<Fault, "what" | "instead"> | undefined;

/** An import stays in its package, and a plugin's own code does not register it. */
const file: Rule = ({ specifier, file, isTest, pkg }) => {
  if (!specifier.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(file), specifier);
  // Real servers are started by what lies in the workspace's own test folder.
  if (isTest && target.startsWith("test/")) return undefined;
  if (!target.startsWith(`${pkg.dir}/`))
    return {
      what: `imports ${specifier}, outside its package`,
      instead: "import the other package by its name",
    };
  if (isTest || !isPlugin(pkg) || target !== `${pkg.dir}/src/index.ts`) return undefined;
  return { what: `imports ${specifier}, which registers the plugin`, instead: "import the file that has it" };
};

/** core ◀ kit ◀ plugins, core ◀ micro ◀ the service plugins, core ◀ testkit ◀ tests, core ◀ engine ◀ apps. */
const direction: Rule = ({ specifier, isTest, pkg }) => {
  const what = `imports ${specifier}`;
  if (pkg.folder === "core" && !isTest && !specifier.startsWith("."))
    return { what, instead: "core imports nothing; move this to the engine or a plugin" };
  if (!specifier.startsWith(SCOPE) || isFree(pkg) || nameOf(specifier) === pkg.manifest.name)
    return undefined;
  const [folder = "", entry] = specifier.slice(SCOPE.length).split("/");
  if (folder === "core" || (folder === "kit" && pkg.folder !== "core") || (folder === "testkit" && isTest))
    return undefined;
  if (folder === "micro" && USES_MICRO.includes(pkg.folder)) return undefined;
  if (entry === "plugin" && (isPlugin(pkg) || isTest)) return undefined;
  return { what, instead: INSTEAD[folder] ?? `import ${SCOPE}${folder}/plugin, from a plugin or a test` };
};

const INSTEAD: Readonly<Record<string, string>> = {
  engine: "take what you need from core's contracts and the context",
  micro: `only ${USES_MICRO.join(", ")} use it`,
  testkit: "the test kit is for tests; move what is needed to src",
};

/** Heavy libraries wait until they are needed. */
const weight: Rule = ({ specifier, way, isTest, pkg }) => {
  if (way !== "static" || isTest || isFree(pkg) || !HEAVY.includes(nameOf(specifier))) return undefined;
  return {
    what: `loads ${specifier} at import`,
    instead: "use import type, and await import() when it starts",
  };
};

/** What is imported is declared, where whoever installs the package gets it. */
const declared: Rule = ({ specifier, isTest, pkg, shared }) => {
  const { name: own, dependencies, peerDependencies, devDependencies = {} } = pkg.manifest;
  const name = nameOf(specifier);
  if (isOwn(specifier) || name === own || name in { ...dependencies, ...peerDependencies }) return undefined;
  const what = `imports ${specifier}, which package.json does not declare`;
  if (!isTest && !isFree(pkg)) return { what, instead: "add it to dependencies or peerDependencies" };
  if (name in devDependencies || shared.includes(name)) return undefined;
  return { what, instead: "add it to devDependencies" };
};

/** A library is replaced, or updated, in one place. */
const owner: Rule = ({ specifier, isTest, pkg, owners }) => {
  const name = nameOf(specifier);
  const first = owners.get(name);
  if (isTest || isFree(pkg) || SHARED.includes(name) || first === undefined || first === pkg.folder)
    return undefined;
  return {
    what: `imports ${name}, as ${first} does`,
    instead: `a library enters through one package: use ${first}`,
  };
};

export const RULES: readonly Rule[] = [file, direction, weight, declared, owner];

/** Whether the rules of who owns a library hold for an import. */
export function isLibrary({ specifier, isTest, pkg }: Pick<Place, "specifier" | "isTest" | "pkg">): boolean {
  return !isTest && !isFree(pkg) && !isOwn(specifier) && !specifier.startsWith(SCOPE);
}

/** Apps and examples show how things are put together: they may import anything. */
function isFree({ kind }: Package): boolean {
  return ["app", "example", "benchmark"].includes(kind);
}

function isOwn(specifier: string): boolean {
  return specifier.startsWith(".") || isBuiltin(specifier);
}

/** The package of a specifier: `@slack/bolt/dist/x` is of `@slack/bolt`. */
export function nameOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
