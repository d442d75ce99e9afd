import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const MICRO: string = fileURLToPath(import.meta.resolve("@micro-bot/bot/main"));

// Each bot of a test has a state of its own: on one store they would be replicas of one bot.
const OWN = { PATH: process.env.PATH!, HOME: process.env.HOME!, MICRO_STORE: "memory:" };

/** The assembled bot as a process of its own, with hands for its terminal. */
export interface BotProcess {
  readonly pid: number;
  /** Types a line into its standard input. */
  type(line: string): void;
  /** Ends its standard input. */
  end(): void;
  /** Resolves with the first line of output, not yet found, that matches. */
  printed(pattern: RegExp): Promise<string>;
  /** The same for the log. */
  logged(pattern: RegExp): Promise<string>;
  /** All of the log so far. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** Its exit code, once it has ended. */
  readonly exit: Promise<number | null>;
  stop(): Promise<void>;
}

export interface BotProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another program than the assembled bot. */
  readonly main?: string;
}

export interface MicroOptions extends BotProcessOptions {
  /** What is piped into it. */
  readonly input?: string;
}

export function startBot(args: readonly string[], options: BotProcessOptions = {}): BotProcess {
  const { env = {}, cwd, main = MICRO } = options;
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...OWN, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  const out = lines(child, "stdout");
  const log = lines(child, "stderr");
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stdin.on("error", () => {});
  return {
    pid: child.pid!,
    type: (line) => child.stdin.write(`${line}\n`),
    end: () => child.stdin.end(),
    printed: out.next,
    logged: log.next,
    log: log.all,
    signal: (name) => void child.kill(name),
    exit,
    async stop() {
      child.kill("SIGTERM");
      await exit;
    },
  };
}

/** One command from the shell: its output, its errors, its exit code. */
export async function micro(
  args: readonly string[],
  options: MicroOptions = {},
): Promise<{ out: string; err: string; code: number | null }> {
  const { env = {}, cwd, input } = options;
  const child = spawn(process.execPath, [MICRO, ...args], {
    env: { ...OWN, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  child.stdin.end(input);
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { out, err, code };
}

function lines(child: ChildProcessWithoutNullStreams, stream: "stdout" | "stderr") {
  let text = "";
  const found: string[] = [];
  const waiting: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  let whole = "";
  child[stream].setEncoding("utf8").on("data", (chunk: string) => {
    whole += chunk;
    const parts = (text + chunk).split("\n");
    text = parts.pop()!;
    for (const line of parts) {
      const at = waiting.findIndex(({ pattern }) => pattern.test(line));
      if (at >= 0) waiting.splice(at, 1)[0]!.resolve(line);
      else found.push(line);
    }
  });
  return {
    all: () => whole,
    next(pattern: RegExp): Promise<string> {
      const at = found.findIndex((line) => pattern.test(line));
      if (at >= 0) return Promise.resolve(found.splice(at, 1)[0]!);
      return new Promise((resolve) => waiting.push({ pattern, resolve }));
    },
  };
}
