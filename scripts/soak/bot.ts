import { join } from "node:path";
import { type Exit, type Process, ready, startProcess } from "../../test/servers/lib.ts";

const ROOT = join(import.meta.dirname, "../..");
const MAIN = join(ROOT, "apps/bot/dist/main.js");
const LINK = join(import.meta.dirname, "link.ts");

export interface BotOptions {
  /** Where its logs go. */
  readonly dir: string;
  readonly name: string;
  readonly ircPort: number;
  readonly nick: string;
  readonly rooms: readonly string[];
  /** As in `--store`. */
  readonly store: string;
  /** The file of facts. */
  readonly facts: string;
  /** The service that counts. */
  readonly counter: string;
  /** Where it kills itself: `before:3`. */
  readonly crash?: string;
  readonly flags?: readonly string[];
}

/** One life of a bot, as a process. */
export interface SoakBot {
  readonly pid: number;
  /** Resolves when it is gone. */
  readonly gone: Promise<Exit>;
  readonly exit: Exit | undefined;
  log(): string;
  /** Resolves when the log has it. */
  logged(pattern: RegExp, ms?: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL when that does not help. */
  stop(): Promise<Exit>;
}

/** Starts the assembled bot, with the soak's link file. It dies with this process. */
export function startBot(options: BotOptions): SoakBot {
  const { dir, name, ircPort, nick, rooms, store, facts, counter, crash, flags = [] } = options;
  const args = [
    MAIN,
    "bot",
    `--link=${LINK}`,
    "--inputs=irc",
    "--irc_server=127.0.0.1",
    `--irc_port=${ircPort}`,
    `--irc_nick=${nick}`,
    `--irc_channels=${rooms.join(",")}`,
    "--irc_pace=0s",
    "--rate=1000000",
    "--waiting=1000",
    "--registry=memory",
    `--store=watched:${store}`,
    "--log_level=info",
    ...flags,
  ];
  const env = { SOAK_FACTS: facts, SOAK_COUNTER: counter, ...(crash !== undefined && { SOAK_CRASH: crash }) };
  const child: Process = startProcess(name, process.execPath, args, { dir, env });
  return {
    pid: child.pid!,
    gone: child.gone,
    get exit() {
      return child.exit;
    },
    log: () => child.log(),
    logged: (pattern, ms = 15_000) => ready(child, () => pattern.test(child.log()), ms, String(pattern)),
    signal: (signal) => child.signal(signal),
    kill: () => child.kill(),
    async stop() {
      child.signal("SIGTERM");
      // Longer than its own drain.
      const late = setTimeout(() => child.signal("SIGKILL"), 20_000);
      const exit = await child.gone;
      clearTimeout(late);
      return exit;
    },
  };
}
