import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { removeDir, tempDir } from "../../test/servers/lib.ts";
import { type Ngircd, startNgircd } from "../../test/servers/ngircd.ts";
import { type BotOptions, type SoakBot, startBot } from "./bot.ts";
import { type Counter, type Effect, startCounter } from "./counter.ts";
import { Crowd, type CrowdOptions } from "./crowd.ts";
import { factReader } from "./facts.ts";
import { Ledger } from "./ledger.ts";
import { newRandom, type Random } from "./random.ts";
import type { Row } from "./report.ts";

/** How a soak is to run. */
export interface Plan {
  readonly runs: number;
  readonly seed: number;
  /** Tells how far it is. */
  readonly tell: (words: string) => void;
  /** How long the last life may take until everybody was told, in milliseconds. Default: half a minute. */
  readonly patience?: number;
  /** Leaves the logs where they are. */
  readonly keep?: boolean;
}

/** One kind of trouble that the bot is put through. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Of the full form. */
  readonly runs: number;
  /** Why it cannot run here. */
  readonly missing?: string | undefined;
  readonly run: (plan: Plan) => Promise<readonly Row[]>;
}

export const NICK = "bot";
export const ROOMS: readonly string[] = ["#one", "#two", "#three"];
const POLL = 100;
/** Commands that a bot has accepted and not answered: more than can be cut at one time, fewer than fill a room. */
const BEHIND = 200;

/** A network with people, a service that counts, and bots: what all soaks need. At its end all of it is gone. */
export class Stage implements AsyncDisposable {
  readonly dir: string;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly facts: string;
  readonly ircPort: number;
  readonly counter: Counter;
  readonly #alive = new Set<number>();
  readonly #writes = new Map<number, number>();
  readonly #bots: SoakBot[] = [];
  readonly #ends: (() => Promise<void>)[] = [];
  readonly #read: ReturnType<typeof factReader>;

  private constructor(plan: Plan, ledger: Ledger, ircPort: number, counter: Counter) {
    this.dir = tempDir("soak");
    this.ledger = ledger;
    this.random = newRandom(plan.seed);
    this.ircPort = ircPort;
    this.counter = counter;
    this.facts = join(this.dir, "facts");
    this.#read = factReader(this.facts);
  }

  /** With a network given it is one of several stages on it. */
  static async set(plan: Plan, shared?: Ngircd): Promise<Stage> {
    const ledger = new Ledger();
    const irc = shared ?? (await startNgircd());
    const effect = ({ what }: Effect) => ledger.effect(what);
    const counter = await startCounter({ random: newRandom(plan.seed + 1), effect });
    const stage = new Stage(plan, ledger, irc.port, counter);
    stage.#clearUp(plan);
    if (!shared) stage.atEnd(() => irc.stop());
    stage.atEnd(() => counter.stop());
    return stage;
  }

  /** People, who leave with the stage. */
  async crowd(options: Partial<CrowdOptions> = {}): Promise<Crowd> {
    const { ircPort: port, ledger, random } = this;
    const size = { talkers: 8, askers: 4, rate: 100 };
    const behind = () => this.update().open().size > BEHIND;
    const place = { port, bot: NICK, rooms: ROOMS, ledger, random, behind };
    const crowd = await Crowd.gather({ ...place, ...size, ...options });
    this.atEnd(() => crowd.leave());
    return crowd;
  }

  /** A bot, whose life is in the ledger. */
  start(store: string, more: Partial<BotOptions> = {}): SoakBot {
    const { dir, ircPort, facts } = this;
    const name = more.name ?? `bot-${this.#bots.length}`;
    const common = { dir, name, ircPort, nick: NICK, rooms: ROOMS, store, facts, counter: this.counter.url };
    const bot = startBot({ ...common, ...more });
    this.#bots.push(bot);
    return bot;
  }

  /** A folder of its own. */
  folder(name: string): string {
    const path = join(this.dir, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Done when the stage ends, the last first. */
  atEnd(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  /** Takes over what the bots have written down. */
  update(): Ledger {
    for (const fact of this.#read()) {
      this.ledger.note(fact);
      if (fact.kind === "alive") this.#alive.add(fact.pid);
      if (fact.kind === "write") this.#writes.set(fact.pid, this.writesOf(fact.pid) + 1);
    }
    return this.ledger;
  }

  /** Whether a bot is past its start. */
  isAlive({ pid }: SoakBot): boolean {
    return this.update() && this.#alive.has(pid);
  }

  /** How many writes a bot made that have to do with runs. */
  writesOf(pid: number): number {
    return this.#writes.get(pid) ?? 0;
  }

  /** Resolves when all people were told how what they said ended, or the time is over: false. */
  async settled(ms: number): Promise<boolean> {
    return until(() => this.update().open().size === 0, ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#bots.map((bot) => bot.kill()));
    const failures: unknown[] = [];
    for (const end of this.#ends.reverse()) await end().catch((error) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "the stage could not be cleared");
  }

  // Also when this process is told to end: then there is no time to wait for anything.
  #clearUp({ keep, tell }: Plan): void {
    const remove = () => (keep ? tell(`logs are in ${this.dir}`) : removeDir(this.dir));
    const atExit = () => {
      for (const bot of this.#bots) bot.signal("SIGKILL");
      remove();
    };
    process.once("exit", atExit);
    this.atEnd(async () => {
      process.off("exit", atExit);
      remove();
    });
  }
}

/** Asks until the answer is yes: true; or the time is over: false. */
export async function until(is: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await is())) {
    if (performance.now() > end) return false;
    await delay(POLL);
  }
  return true;
}

/** Whether it resolved in time. */
export async function within(ms: number, ...any: readonly Promise<unknown>[]): Promise<boolean> {
  const over = new AbortController();
  const late = delay(ms, false, { signal: over.signal }).catch(() => false);
  const inTime = await Promise.race([Promise.race(any).then(() => true), late]);
  over.abort();
  return inTime;
}
