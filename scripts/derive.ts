// The texts that sync writes, each made from data alone. Biome lays them out.
import type { Flag } from "@micro-bot/core";
import { envOf } from "@micro-bot/core";
import type { Manifest, Package } from "./workspace.ts";

/** The flags of one package. */
export interface PackageFlags {
  readonly name: string;
  readonly flags: readonly Flag[];
}

const DERIVED = "<!-- Made by scripts/sync.ts: do not edit. -->";

/** Flags as a table, for a README and docs/flags.md. */
export function flagTable(flags: readonly Flag[]): string {
  if (flags.length === 0) return "It has no options.";
  return table(
    ["flag", "environment", "default", "what it is"],
    flags.map((flag) => [
      `\`--${flag.name}\``,
      `\`${envOf(flag)}\``,
      flag.default === undefined ? "" : `\`${flag.default}\``,
      [flag.usage, ...notes(flag)].join("; "),
    ]),
  );
}

const SECRETS = `Everybody on a machine can read its command lines: give what is secret in a file. It is named by the environment,
\`MICRO_SLACK_TOKEN_FILE=/etc/micro/slack-token\`, or stands under the flag's name among systemd's credentials,
\`LoadCredential=slack_token:/etc/micro/slack-token\`. One newline at its end is not part of it.`;

/** docs/flags.md. */
export function flagsPage(all: readonly PackageFlags[]): string {
  const parts = all
    .filter(({ flags }) => flags.length > 0)
    .map(({ name, flags }) => `## ${name}\n\n${flagTable(flags)}\n`);
  return [`# Flags\n\n${DERIVED}\n\n${SECRETS}\n`, ...parts].join("\n");
}

/** docs/errors.md. */
export function errorsPage(codes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(codes).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return `# Error codes\n\n${DERIVED}\n\n${table(["code", "what it asks for"], rows)}\n`;
}

/** apps/bot/.env.example: every setting, commented out, with its default. */
export function envExample(all: readonly PackageFlags[]): string {
  const part = ({ name, flags }: PackageFlags) => [
    `## ${name}`,
    ...flags.map((flag) => `\n# ${[flag.usage, ...notes(flag)].join("; ")}\n# ${envOf(flag)}=${value(flag)}`),
  ];
  const head =
    "# Made by scripts/sync.ts: do not edit. Copy it to .env, and take away the # before what you change.";
  return `${[head, ...all.filter(({ flags }) => flags.length > 0).flatMap((one) => ["", ...part(one)])].join("\n")}\n`;
}

/** The packages that are published, for the root README. */
export function packageTable(packages: readonly Package[]): string {
  const rows = packages.map(({ dir, manifest }) => [
    `[${manifest.name}](${dir})`,
    manifest.description ?? "",
  ]);
  return table(["package", "what it is"], rows);
}

/** Puts text between the markers `<!-- name -->` and `<!-- /name -->`; without them nothing changes. */
export function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close, start);
  if (start < 0 || end < 0) return text;
  return `${text.slice(0, start + open.length)}\n\n${content}\n\n${text.slice(end)}`;
}

/** A tsconfig.json with these references and its other settings as they are. */
export function tsconfig(text: string | undefined, paths: readonly string[]): string {
  const { references: _, ...rest } = JSON.parse(text ?? '{ "files": [] }');
  return JSON.stringify(paths.length === 0 ? rest : { ...rest, references: paths.map((path) => ({ path })) });
}

/** The folders of what a package needs to be built: its workspace dependencies. */
export function references({ dir, manifest }: Package, packages: readonly Package[]): string[] {
  const needed = Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
  } satisfies Manifest["dependencies"]);
  const up = dir.startsWith("packages/") ? "../" : "../../packages/";
  return packages
    .filter((one) => one.dir.startsWith("packages/") && needed.includes(one.manifest.name))
    .map(({ folder }) => `${up}${folder}`);
}

function notes(flag: Flag): string[] {
  const { required, secret, usage, type = "string" } = flag;
  const kept = secret ? `secret: better ${envOf(flag)}_FILE` : "";
  const all = [required ? "required" : "", kept, KINDS[type] ?? ""];
  return all.filter((note) => note !== "" && !usage.includes(note));
}

const KINDS: Readonly<Record<string, string>> = {
  list: "comma separated",
  duration: "such as 30s, 5m or 2h",
};

function value({ default: value = "" }: Flag): string {
  return /^[^\s#"'`$]*$/.test(String(value)) ? String(value) : JSON.stringify(value);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
