import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BotError, codeOf, messageOf } from "@micro-bot/core";

interface Place {
  readonly file: string;
  readonly line?: number;
}

/** How long Node may take to show where a file cannot be parsed, in milliseconds. */
const PATIENCE = 10_000;
/** Whose own frames say nothing of who called them. */
const OURS = /[\\/](?:core|engine)[\\/](?:dist|src)[\\/]/;

/** Why a link file, or a plugin that it imports, cannot be loaded: in one sentence, with the package, file and line. */
export function misfit(cause: unknown, link: string | undefined): BotError {
  const detail = (cause as { detail?: Record<string, unknown> } | undefined | null)?.detail ?? {};
  const { key, first, second, fault } = detail;
  if (codeOf(cause) === "config" && typeof key === "string")
    return new BotError(
      "config",
      `'${key}' is taken: ${packageOf(first)} and ${packageOf(second)} both register it`,
      { cause },
    );
  const place = placeOf(cause, detail, link);
  const what = typeof fault === "string" ? fault : words(cause);
  const where = place && ` (${place.file}${place.line ? `:${place.line}` : ""})`;
  return new BotError("config", `${whoseIs(place, link)} cannot be loaded: ${what}${where ?? ""}`, { cause });
}

/** The name of the package that a file is part of, or the file. */
export function packageOf(origin: unknown): string {
  if (typeof origin !== "string") return "unknown";
  const path = pathOf(origin);
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    const name = nameIn(join(dir, "package.json"));
    if (name !== undefined) return name;
    if (dir === dirname(dir)) return path;
  }
}

function whoseIs(place: Place | undefined, link: string | undefined): string {
  if (place === undefined || place.file === link) return "the link file";
  const name = packageOf(place.file);
  return name === place.file ? "a plugin" : `the plugin ${name}`;
}

function words(cause: unknown): string {
  const message = messageOf(cause)
    .split("\n", 1)[0]!
    .replace(/ imported from .*$/, "");
  switch ((cause as { code?: unknown } | undefined | null)?.code) {
    case "ERR_MODULE_NOT_FOUND":
      return /^Cannot find package '([^']*)'/.test(message) ? `${message}: is it installed?` : message;
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return "a package must be published as JavaScript, and this file is TypeScript";
    default:
      return message;
  }
}

function placeOf(
  cause: unknown,
  detail: Record<string, unknown>,
  link: string | undefined,
): Place | undefined {
  if (typeof detail.file === "string") return { file: pathOf(detail.file), line: Number(detail.line) };
  const message = messageOf(cause);
  const importer = / imported from (.+)$/m.exec(message)?.[1];
  if (importer !== undefined) return importIn(pathOf(importer), /'([^']*)'/.exec(message)?.[1]);
  const named = /, for "(.+)"$/.exec(message)?.[1];
  if (named !== undefined) return { file: pathOf(named) };
  const stack = String((cause as { stack?: unknown } | undefined | null)?.stack ?? "");
  return (
    headOf(stack) ??
    frameOf(stack) ??
    (link === undefined ? undefined : (parsed(cause, link) ?? { file: link }))
  );
}

/** The line of a file that imports something: Node does not say it. */
function importIn(file: string, what = ""): Place {
  const word = what.split(/[\\/]/).at(-1)!;
  const lines = textOf(file).split("\n");
  const at = lines.findIndex((line) => /\b(?:import|from)\b/.test(line) && line.includes(word));
  return { file, ...(at >= 0 && { line: at + 1 }) };
}

/** `FILE:LINE` on a line of its own, as Node puts it before what it cannot parse. */
function headOf(text: string): Place | undefined {
  const [, file, line] = /^((?:file:\/\/|\/|[A-Za-z]:\\).*):(\d+)$/m.exec(text) ?? [];
  return file === undefined ? undefined : { file: pathOf(file), line: Number(line) };
}

/** The first frame outside of Node and of this engine. */
function frameOf(stack: string): Place | undefined {
  for (const [, file, line] of stack.matchAll(
    /^ +at (?:.*[( ])?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/gm,
  ))
    if (!OURS.test(file!)) return { file: pathOf(file!), line: Number(line) };
  return undefined;
}

/** Node tells where a module cannot be parsed only when that ends a process. */
function parsed(cause: unknown, link: string): Place | undefined {
  if (!(cause instanceof SyntaxError)) return undefined;
  const load = `import(${JSON.stringify(pathToFileURL(link).href)})`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", load], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: PATIENCE,
  });
  return headOf(stderr);
}

function pathOf(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function nameIn(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name;
  } catch {
    return undefined;
  }
}
