import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import {
  BotError,
  codeOf,
  commands,
  envOf,
  type Flag,
  type FlagValue,
  type Input,
  inputs,
  type Log,
  memoryStore,
  messageOf,
  type Plugin,
  registries,
  stores,
  streams,
} from "@micro-bot/core";
import { closest } from "fastest-levenshtein";
import { Bot } from "./bot.ts";
import { flags as engineFlags, LOG_LEVELS } from "./flags.ts";
import { type FlagGroup, helpText } from "./help.ts";
import { link } from "./link.ts";
import { pinoLog, plainLog } from "./log.ts";
import { type Redact, redactor } from "./secrets.ts";
import { shell } from "./shell.ts";
import { BotStore, defaultStore } from "./store.ts";
import { isTerminal, typedLines } from "./terminal.ts";
import { type Env, parseCommandLine, parseEnvironment, type RawValues, unclaimed } from "./values.ts";

export interface Launch {
  /** Words after the program's name: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  readonly env: Env;
  /** Imports the app's own list of plugins, when no link file is named or found. */
  readonly plugins: () => Promise<unknown>;
  /** Where `.env`, `micro.link.ts` and a relative `--link` are looked for. Default: the working folder. */
  readonly cwd?: string;
}

/** Flags of the program itself, which are no settings of the bot. */
const programFlags = [
  { name: "help", type: "boolean", usage: "Show this" },
] as const satisfies readonly Flag[];

/**
 * The whole program: `micro bot …` runs the bot until a signal or the end of its inputs, `micro ping` one command.
 * Resolves with the exit code: 0, or 1 when something was wrong or a command failed. Never throws.
 */
export async function run(launch: Launch): Promise<number> {
  let redact: Redact = (text) => text;
  // Whoever reads our output may have heard enough, as `head` has.
  process.stdout.on("error", () => {});
  try {
    const env = { ...dotenv(launch.cwd ?? process.cwd()), ...launch.env };
    await link(linkFlag(launch.argv) ?? env.MICRO_LINK, launch.cwd ?? process.cwd(), launch.plugins);
    const groups = flagGroups();
    const declared = declaredFlags(groups);
    // Known before parsing, so that an error in one flag cannot show the value of another.
    redact = redactor(declared.filter((flag) => flag.secret).map((flag) => env[envOf(flag)] ?? ""));
    const { values: given, words } = parseCommandLine(launch.argv, declared);
    const values = new Map([...parseEnvironment(env, declared), ...given]);
    redact = redactor(secretsOf(declared, values));
    if (given.get("help") || words.length === 0) return await help(groups);
    if (words[0] !== "bot") return await oneCommand(words, values, env, redact);
    if (words.length > 1)
      throw new BotError("config", `unexpected word '${words[1]}' after bot: flags begin with --`);
    const log = await newLog(values, redact);
    for (const { name, nearest } of unclaimed(env, declared))
      log.warn({}, `${name} belongs to no linked plugin and is ignored: did you mean ${nearest}?`);
    return await daemon(chosenInputs(values), values, env, redact, log);
  } catch (error) {
    process.stderr.write(`micro: ${redact(messageOf(error))}\n`);
    return 1;
  }
}

async function help(groups: readonly FlagGroup[]): Promise<number> {
  const list = [...new Set(commands.values())].sort((a, b) => (a.name < b.name ? -1 : 1));
  await print(helpText(groups, list));
  return 0;
}

async function oneCommand(
  words: readonly string[],
  values: RawValues,
  env: Env,
  redact: Redact,
): Promise<number> {
  const log = plainLog(redact, (text) => process.stderr.write(text));
  const bot: Bot = new Bot({
    inputs: [shell(words, { print, waiting: () => bot.ended(), typed: typedLines() })],
    flags: Object.fromEntries(values),
    log,
    redact,
    follow: false,
    dialogs: isTerminal(),
    store: storeOf(values, env, log),
    // Nobody is there to be told after a crash.
    journal: memoryStore(),
  });
  await serve(bot);
  return bot.failures > 0 ? 1 : 0;
}

async function daemon(
  chosen: readonly Input[],
  values: RawValues,
  env: Env,
  redact: Redact,
  log: Log,
): Promise<number> {
  const store = storeOf(values, env, log);
  const bot = new Bot({ inputs: chosen, flags: Object.fromEntries(values), log, redact, store });
  await opened(store);
  // Client libraries have thrown from their own sockets and timers; one bad frame must not end the others' work.
  const survive = (error: unknown) =>
    log.error({ err: error }, `a library threw outside of any call: ${messageOf(error)}`);
  process.on("uncaughtException", survive).on("unhandledRejection", survive);
  const stopped = await serve(bot);
  return !stopped && bot.failures > 0 ? 1 : 0;
}

function storeOf(values: RawValues, env: Env, log: Log): BotStore {
  return new BotStore(String(values.get("store") ?? defaultStore(stores, env)), stores, log);
}

// A store that is wrong stops the program; one that does not answer is tried again.
async function opened(store: BotStore): Promise<void> {
  await store.ready().catch((error) => {
    if (codeOf(error) === "config") throw error;
  });
}

/** Runs the bot to its end. Resolves with whether a signal ended it. */
async function serve(bot: Bot): Promise<boolean> {
  let stopping = false;
  const stop = () => {
    // A second signal means now.
    if (stopping) process.exit(1);
    stopping = true;
    void bot.stop();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  bot.start();
  await bot.done();
  return stopping;
}

function chosenInputs(values: RawValues): readonly Input[] {
  const names = (values.get("inputs") as readonly string[] | undefined) ?? ["console"];
  if (names.length === 0) throw new BotError("config", "--inputs names no input");
  return [...new Set(names)].map((name) => {
    const input = inputs.get(name);
    if (input) return input;
    const known = [...inputs.keys()];
    const nearest =
      known.length > 0
        ? `: did you mean ${closest(name, known)}? Linked are ${known.join(", ")}`
        : ": none is linked";
    throw new BotError("config", `--inputs: there is no input '${name}'${nearest}`);
  });
}

async function newLog(values: RawValues, redact: Redact): Promise<Log> {
  const prompt = process.stdin.isTTY && !values.has("inputs");
  const level = String(values.get("log_level") ?? (prompt ? "warn" : "info"));
  if (!LOG_LEVELS.includes(level))
    throw new BotError("config", `--log_level: '${level}' is not one of ${LOG_LEVELS.join(", ")}`);
  return pinoLog({ level, redact, pretty: process.stderr.isTTY === true });
}

function flagGroups(): FlagGroup[] {
  const kinds: readonly (readonly [string, Iterable<readonly [string, Plugin]>])[] = [
    ["Input", inputs],
    ["Registry", registries],
    ["Stream", streams],
  ];
  const plugins = kinds.flatMap(([kind, map]) =>
    [...map].map(([name, plugin]) => groupOf(`${kind} ${name}`, plugin)),
  );
  const ofCommands = [...new Set(commands.values())].map((command) =>
    groupOf(`Command ${command.name}`, command),
  );
  return [{ title: "Bot", flags: [...engineFlags, ...programFlags] }, ...plugins, ...ofCommands];
}

function groupOf(title: string, plugin: Plugin): FlagGroup {
  return { title, flags: plugin.flags?.() ?? [] };
}

function declaredFlags(groups: readonly FlagGroup[]): readonly Flag[] {
  const owners = new Map<string, string>();
  for (const { title, flags } of groups)
    for (const { name } of flags) {
      const first = owners.get(name);
      if (first !== undefined)
        throw new BotError("config", `--${name} is declared twice: by ${first} and ${title}`);
      owners.set(name, title);
    }
  return groups.flatMap(({ flags }) => flags);
}

function secretsOf(declared: readonly Flag[], values: RawValues): string[] {
  const flags = declared.filter((flag) => flag.secret && values.has(flag.name));
  return [...flags.map((flag) => String(values.get(flag.name))), ...passwordsIn(values.get("store"))];
}

function passwordsIn(store: FlagValue | undefined): string[] {
  const written = /^[^/?#]*:\/\/[^/?#@]*?:([^/?#]*)@/u.exec(String(store ?? ""))?.[1];
  return written === undefined ? [] : [written, decoded(written)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Needed before the flags are known: they come from what it links.
function linkFlag(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((arg) => arg === "--link" || arg.startsWith("--link="));
  if (at < 0) return undefined;
  return argv[at] === "--link" ? (argv[at + 1] ?? "") : argv[at]!.slice("--link=".length);
}

function dotenv(cwd: string): Env {
  try {
    return parseEnv(readFileSync(join(cwd, ".env"), "utf8"));
  } catch {
    return {};
  }
}

async function print(text: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
}
