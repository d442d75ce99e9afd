import { parseArgs } from "node:util";
import { BotError, envOf, type Flag, type FlagValue, type ReadFlags } from "@micro-bot/core";
import { closest, distance } from "fastest-levenshtein";
import { fileEnvOf } from "./secret-files.ts";

export type Env = Readonly<Record<string, string | undefined>>;
export type RawValues = ReadonlyMap<string, FlagValue>;

export interface Parsed {
  readonly values: RawValues;
  /** What follows the flags: the command and its words, untouched. */
  readonly words: readonly string[];
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Node's timers fire at once for longer times. */
const LONGEST = 2 ** 31 - 1;
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

/**
 * Flags on a command line, up to the first word that is none. `--irc_server=x`, `--irc-server x` and, for booleans,
 * `--irc_tls` are understood; `bot` is skipped, so that its flags may stand on either side of it.
 * Throws `config` naming an unknown flag and the nearest known one, or the flag whose value cannot be read.
 */
export function parseCommandLine(argv: readonly string[], declared: readonly Flag[]): Parsed {
  const known = new Map(declared.map((flag) => [flag.name, flag]));
  const values = new Map<string, FlagValue>();
  let bot = false;
  const { tokens } = parseArgs({
    args: argv.map(underscored),
    options: optionsOf(declared),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional" && token.value === "bot" && !bot) bot = true;
    else if (token.kind === "option") {
      const flag = known.get(token.name);
      if (!flag) throw unknown(argv[token.index]!, [...known.keys()]);
      values.set(flag.name, given(flag, token.value));
    } else {
      const words = argv.slice(token.kind === "positional" ? token.index : token.index + 1);
      return { values, words: bot ? ["bot", ...words] : words };
    }
  }
  return { values, words: bot ? ["bot"] : [] };
}

/** Flags from environment variables; empty ones count as absent. */
export function parseEnvironment(env: Env, declared: readonly Flag[]): RawValues {
  const values = new Map<string, FlagValue>();
  for (const flag of declared) {
    const text = env[envOf(flag)];
    if (text !== undefined && text !== "") values.set(flag.name, parseValue(flag, text, envOf(flag)));
  }
  return values;
}

/** `MICRO_` variables that no linked plugin claims, each with the one it may have meant. */
export function unclaimed(
  env: Env,
  declared: readonly Flag[],
): { readonly name: string; readonly nearest: string }[] {
  const claimed = declared.flatMap((flag) => [envOf(flag), ...(flag.secret ? [fileEnvOf(flag)] : [])]);
  return Object.keys(env)
    .filter((name) => name.startsWith("MICRO_") && !claimed.includes(name))
    .map((name) => ({ name, nearest: closest(name, claimed) }));
}

/** Typed values for one plugin. Throws `config` for a required flag that has none. */
export function reader(owner: string, values: RawValues): ReadFlags {
  const read = (declared: readonly Flag[]) =>
    Object.fromEntries(declared.map((flag) => [flag.name, settled(owner, flag, values)]));
  return read as ReadFlags;
}

/** Reads one value as its flag's type; `source` is how the person gave it. */
export function parseValue(flag: Flag, text: string, source: string): FlagValue {
  const bad = (what: string) =>
    new BotError("config", `${source}: ${flag.secret ? "its value" : `'${text}'`} is not ${what}`);
  switch (flag.type) {
    case "number": {
      const number = Number(text);
      if (text.trim() === "" || !Number.isFinite(number)) throw bad("a number");
      if (number < (flag.min ?? -Infinity)) throw bad(`${flag.min} or more`);
      return number;
    }
    case "boolean": {
      const value = Object.hasOwn(BOOLEANS, text.toLowerCase()) ? BOOLEANS[text.toLowerCase()] : undefined;
      if (value === undefined) throw bad("true or false");
      return value;
    }
    case "duration": {
      const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
      if (amount === undefined) throw bad("a time such as 500ms, 30s, 5m, 2h or 1d");
      const ms = Number(amount) * UNITS[unit!]!;
      if (ms < (flag.min ?? 0)) throw bad(`${flag.min} ms or more`);
      if (ms > LONGEST) throw bad("24 days or less");
      return ms;
    }
    case "list":
      return text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
    default:
      return text;
  }
}

/** What stands for a value in help: `host` for strings, `1` for numbers. */
export function placeholder({ type }: Flag): string {
  return { number: "N", boolean: "true", duration: "30s", list: "A,B", string: "VALUE" }[type ?? "string"];
}

function settled(owner: string, flag: Flag, values: RawValues): FlagValue | undefined {
  const value = values.get(flag.name);
  if (value !== undefined) return value;
  if (flag.default !== undefined)
    return parseValue(flag, String(flag.default), `the default of --${flag.name}`);
  if (flag.required)
    throw new BotError(
      "config",
      `[${owner}] ${flag.name} is required: --${flag.name}=${placeholder(flag)} or ${envOf(flag)}`,
    );
  return flag.type === "boolean" ? false : flag.type === "list" ? [] : undefined;
}

function optionsOf(
  declared: readonly Flag[],
): Record<string, { type: "boolean" | "string"; short?: string }> {
  return Object.fromEntries(
    declared.map(({ name, type }) => [
      name,
      { type: type === "boolean" ? "boolean" : "string", ...(name === "help" && { short: "h" }) },
    ]),
  );
}

function given(flag: Flag, text: string | undefined): FlagValue {
  if (flag.type === "boolean") return parseValue(flag, text ?? "true", `--${flag.name}`);
  if (text === undefined || text === "")
    throw new BotError("config", `--${flag.name} needs a value: --${flag.name}=${placeholder(flag)}`);
  return parseValue(flag, text, `--${flag.name}`);
}

// Dashes and underscores are the same in a flag's name, never in its value.
function underscored(arg: string): string {
  if (!arg.startsWith("--") || arg === "--") return arg;
  const equals = arg.indexOf("=");
  const end = equals < 0 ? arg.length : equals;
  return `--${arg.slice(2, end).replaceAll("-", "_")}${arg.slice(end)}`;
}

function unknown(arg: string, known: readonly string[]): BotError {
  const name = arg.replace(/=.*$/su, "");
  const plain = name.replace(/^-+/, "").replaceAll("-", "_");
  const nearest = closest(plain, [...known]);
  const near = distance(plain, nearest) <= Math.max(2, plain.length / 3);
  return new BotError(
    "config",
    `unknown flag ${name}${near ? `: did you mean --${nearest}?` : ": micro --help lists them"}`,
  );
}
