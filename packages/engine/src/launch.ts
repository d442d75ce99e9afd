import { fstatSync, readFileSync, statSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
// All of it: an older Node must come as far as to say that it is too old.
import * as util from "node:util";
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
  stores,
} from "@micro-bot/core";
import { closest } from "fastest-levenshtein";
import { Bot } from "./bot.ts";
import { declaredFlags, flagGroups } from "./declared.ts";
import { LOG_LEVELS } from "./flags.ts";
import { type FlagGroup, helpText } from "./help.ts";
import { link } from "./link.ts";
import { pinoLog, plainLog } from "./log.ts";
import { Output } from "./output.ts";
import { secretFiles, twice } from "./secret-files.ts";
import { type Redact, redactor } from "./secrets.ts";
import { shell } from "./shell.ts";
import { startLine } from "./start-line.ts";
import { makeFolder, stateFolder } from "./state.ts";
import { BotStore } from "./store.ts";
import { isTerminal, typedLines } from "./terminal.ts";
import { type Env, parseCommandLine, parseEnvironment, type RawValues, unclaimed } from "./values.ts";
import { nodeFault, versionText } from "./version.ts";

const FORGETS =
  "the store is memory: what is remembered, planned or not sent yet is gone when the bot ends; --store=sqlite:FILE keeps it";
const DEAF = `nothing would listen: 'console' is the only input, and standard input is ${devNull}. Name others, as in --inputs=slack,irc, or start it on a terminal`;

export interface Launch {
  /** Words after the program's name: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  readonly env: Env;
  /** Imports the app's own list of plugins, when no link file is named or found. */
  readonly plugins: () => Promise<unknown>;
  /** Where `.env`, `micro.link.ts` and a relative `--link` are looked for. Default: the working folder. */
  readonly cwd?: string;
  /** The program's own package.json, for its version. Default: the engine's. */
  readonly manifest?: URL;
}

/**
 * The whole program: `micro bot …` runs the bot until a signal or the end of its inputs, `micro ping` one command.
 * Resolves with the exit code: 0, or 1 when something was wrong or a command failed. Never throws.
 */
export async function run(launch: Launch): Promise<number> {
  const old = nodeFault();
  if (old !== undefined) {
    process.stderr.write(`micro: ${old}\n`);
    return 1;
  }
  const output = new Output();
  const code = await program(launch, (text) => output.print(text));
  if (!output.failure) return code;
  process.stderr.write(`micro: standard output cannot be written to: ${messageOf(output.failure)}\n`);
  return 1;
}

/** What the command line, the environment and the linked plugins come to. */
interface Setup {
  readonly launch: Launch;
  readonly cwd: string;
  readonly print: Print;
  readonly link: string | undefined;
  readonly words: readonly string[];
  readonly values: RawValues;
  readonly redact: Redact;
  /** Warnings about what was given, and is for nobody. */
  readonly warnings: readonly string[];
}

type Print = (text: string) => Promise<void>;

async function program(launch: Launch, print: Print): Promise<number> {
  let redact: Redact = (text) => text;
  try {
    const cwd = launch.cwd ?? process.cwd();
    const env = { ...dotenv(cwd), ...launch.env };
    const file = await link(linkFlag(launch.argv) ?? env.MICRO_LINK, cwd, launch.plugins);
    const groups = flagGroups();
    const declared = declaredFlags(groups);
    const secrets = secretFiles(env, declared);
    const whole = { ...env, ...secrets.env };
    // Known before parsing, so that an error in one flag cannot show the value of another.
    redact = redactor(declared.filter((flag) => flag.secret).map((flag) => whole[envOf(flag)] ?? ""));
    const { values: given, words } = parseCommandLine(launch.argv, declared);
    for (const [name, source] of secrets.sources) if (given.has(name)) throw twice(`--${name}`, source);
    const values = new Map([...parseEnvironment(whole, declared), ...given]);
    redact = redactor(secretsOf(declared, values));
    const warnings = unclaimed(env, declared).map(
      ({ name, nearest }) => `${name} belongs to no linked plugin and is ignored: did you mean ${nearest}?`,
    );
    const setup: Setup = { launch, cwd, print, link: file, words, values, redact, warnings };
    if (given.get("version")) await print(`${versionText(launch.manifest)}\n`);
    else if (given.get("help") || words.length === 0) await print(help(groups));
    else if (words[0] !== "bot") return await oneCommand(setup, env);
    else return await daemon(setup, env);
    return 0;
  } catch (error) {
    process.stderr.write(`micro: ${redact(messageOf(error))}\n`);
    return 1;
  }
}

function help(groups: readonly FlagGroup[]): string {
  return helpText(
    groups,
    [...new Set(commands.values())].sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
}

async function oneCommand({ words, values, redact, print }: Setup, env: Env): Promise<number> {
  const log = plainLog(redact, (text) => process.stderr.write(text));
  const bot: Bot = new Bot({
    inputs: [shell(words, { print, waiting: () => bot.ended(), typed: typedLines() })],
    flags: Object.fromEntries(values),
    log,
    redact,
    follow: false,
    dialogs: isTerminal(),
    store: storeOf(storeUrl(values, env), log),
    // Nobody is there to be told after a crash.
    journal: memoryStore(),
  });
  await serve(bot, log);
  return bot.failures > 0 ? 1 : 0;
}

async function daemon(setup: Setup, env: Env): Promise<number> {
  const { launch, cwd, link, words, values, redact, warnings } = setup;
  if (words.length > 1)
    throw new BotError("config", `unexpected word '${words[1]}' after bot: flags begin with --`);
  const chosen = chosenInputs(values);
  const log = await newLog(values, redact);
  for (const warning of warnings) log.warn({}, warning);
  const url = storeUrl(values, env);
  const store = storeOf(url, log);
  const bot = new Bot({ inputs: chosen, flags: Object.fromEntries(values), log, redact, store });
  await opened(store);
  const version = versionText(launch.manifest);
  log.info({}, startLine({ version, link, cwd, inputs: chosen, store: url.text, values }));
  if (/^memory:/i.test(url.text)) log.warn({}, FORGETS);
  const stopped = await serve(bot, log);
  return !stopped && bot.failures > 0 ? 1 : 0;
}

interface StoreUrl {
  readonly text: string;
  /** Makes its folder, when it is opened: a command that needs no state needs no place for it. */
  readonly prepare?: () => void;
}

/** The store that was named; else a SQLite file of this user, or without sqlite linked nothing that lasts. */
function storeUrl(values: RawValues, env: Env): StoreUrl {
  const named = values.get("store");
  if (named !== undefined) return { text: String(named) };
  if (!stores.has("sqlite")) return { text: "memory:" };
  const folder = stateFolder(env);
  return { text: `sqlite:${join(folder ?? "", "micro.db")}`, prepare: () => makeFolder(folder) };
}

function storeOf({ text, prepare }: StoreUrl, log: Log): BotStore {
  return new BotStore(text, stores, log, prepare);
}

// A store that is wrong stops the program; one that does not answer is tried again.
async function opened(store: BotStore): Promise<void> {
  await store.ready().catch((error) => {
    if (codeOf(error) === "config") throw error;
  });
}

/** Runs the bot to its end. Resolves with whether a signal ended it. */
async function serve(bot: Bot, log: Log): Promise<boolean> {
  // Client libraries have thrown from their own sockets and timers; one bad frame must not end the others' work.
  const survive = (error: unknown) =>
    log.error({ err: error }, `a library threw outside of any call: ${messageOf(error)}`);
  process.on("uncaughtException", survive).on("unhandledRejection", survive);
  let stopping = false;
  let asked = 0;
  const stop = () => {
    stopping = true;
    void bot.stop();
  };
  const ask = () => {
    // A second time means now.
    if (++asked > 1) process.exit(1);
    stop();
  };
  // A terminal that closes sends SIGHUP, and its shell another; systemd one after SIGTERM.
  process.on("SIGINT", ask).on("SIGTERM", ask).on("SIGHUP", stop);
  bot.start();
  await bot.done();
  return stopping;
}

function chosenInputs(values: RawValues): readonly Input[] {
  const names = (values.get("inputs") as readonly string[] | undefined) ?? ["console"];
  if (names.length === 0) throw new BotError("config", "--inputs names no input");
  if (names.every((name) => name === "console") && readsNothing()) throw new BotError("config", DEAF);
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
    return util.parseEnv(readFileSync(join(cwd, ".env"), "utf8"));
  } catch {
    return {};
  }
}

/** Whether standard input is the null device: a service's, or a container's. */
function readsNothing(): boolean {
  try {
    const input = fstatSync(0);
    return input.isCharacterDevice() && input.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}
