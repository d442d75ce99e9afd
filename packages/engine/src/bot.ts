import {
  type Address,
  commands as allCommands,
  registries as allRegistries,
  streams as allStreams,
  BotError,
  type Command,
  codeOf,
  type Event,
  type FlagValue,
  type Input,
  type Job,
  type Log,
  memoryStore,
  messageOf,
  type Plugin,
  type Plugins,
  type Receipt,
  type Registry,
  type Reply,
  type Status,
  type Store,
  type Stream,
  type Values,
} from "@micro-bot/core";
import { formatTime, systemZone } from "@micro-bot/kit";
import { Follower } from "./beside/follower.ts";
import { flags } from "./flags.ts";
import { pause } from "./inputs/backoff.ts";
import { Loop } from "./inputs/loop.ts";
import { BotLoops } from "./line/bot-loop.ts";
import { Commands } from "./line/commands.ts";
import { Dispatcher } from "./line/dispatcher.ts";
import { eventTo, Outbox } from "./out/outbox.ts";
import { Sender } from "./out/sender.ts";
import { ChosenRegistry } from "./registry.ts";
import type { Redact } from "./secrets.ts";
import { Commit } from "./state/commit.ts";
import { Journal } from "./state/journal.ts";
import { KINDS } from "./state/kinds.ts";
import { Parking } from "./state/parking.ts";
import { Questions } from "./state/questions.ts";
import { Recovery } from "./state/recovery.ts";
import { Replica } from "./state/replica.ts";
import type { Scheduler } from "./state/scheduler.ts";
import { BotStore } from "./store.ts";
import { reader } from "./values.ts";

export interface BotOptions {
  readonly inputs: readonly Input[];
  /** Default: the shared maps that linked packages joined. */
  readonly commands?: Plugins<Command>;
  readonly streams?: Plugins<Stream>;
  readonly registries?: ReadonlyMap<string, Registry>;
  /** Whether streams follow and jobs run. Default true; not for a single command run from a shell. */
  readonly follow?: boolean;
  /** Whether anybody is there whom a command can ask or wait for. Default true; not for a shell without a terminal. */
  readonly dialogs?: boolean;
  /** Values of flags by name, typed as their flags say: `{ irc_port: 6697, inputs: ["irc"] }`. */
  readonly flags?: Readonly<Record<string, FlagValue>>;
  readonly log?: Log;
  /** Where state is kept; `stop` closes it. Default: in memory. */
  readonly store?: Store;
  /** Where events and replies are kept on their way. Default: in `store`; a command run from a shell keeps them in memory. */
  readonly journal?: Store;
  /** Hides secrets in everything that is said. */
  readonly redact?: Redact;
}

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** After running commands were told to stop, how long they may take to say so, in milliseconds. */
const LAST_WORDS = 2000;

/**
 * The bot. The constructor checks every flag and pattern and opens nothing; it throws `config` for what is wrong.
 * `start` begins to listen; `done` resolves when all inputs have ended or `stop` has done its work.
 */
export class Bot {
  readonly #settings: Values<typeof flags>;
  readonly #plugins: Plugins<Command>;
  readonly #streams: readonly Stream[];
  readonly #log: Log;
  readonly #redact: Redact;
  readonly #kept: Store;
  readonly #parking: Parking;
  readonly #journal: Journal;
  readonly #loops: ReadonlyMap<string, Loop>;
  readonly #followers: readonly Follower[];
  readonly #registries: ReadonlyMap<string, Registry>;
  readonly #registry: ChosenRegistry;
  readonly #replica: Replica;
  readonly #commands: Commands;
  readonly #dispatcher: Dispatcher;
  readonly #outbox: Outbox;
  readonly #sender: Sender;
  readonly #following = new AbortController();
  /** Aborts when nothing new is begun. */
  readonly #working = new AbortController();
  readonly #stopping = Promise.withResolvers<void>();
  /** Aborts when what still runs has had its time. */
  readonly #late = new AbortController();
  #scheduler: Promise<Scheduler> | undefined;
  #drain: NodeJS.Timeout | undefined;
  #followed: readonly Promise<void>[] = [];
  #ended: Promise<unknown> | undefined;
  #finished: Promise<void> | undefined;

  constructor(options: BotOptions) {
    const values = new Map(Object.entries(options.flags ?? {}));
    this.#settings = reader("micro", values)(flags);
    this.#plugins = options.commands ?? allCommands;
    this.#streams = [...(options.streams ?? allStreams).values()];
    const log = options.log ?? silent;
    this.#log = log;
    this.#redact = options.redact ?? ((text) => text);
    this.#kept = options.store ?? memoryStore();
    this.#parking = this.#newParking();
    this.#registries = options.registries ?? allRegistries;
    this.#registry = new ChosenRegistry(this.#registries, this.#settings.registry, log);
    const isWhole = options.follow !== false;
    const streams = this.#streams;
    const loops = new Map(options.inputs.map((input) => [input.name, new Loop({ input, log })]));
    this.#loops = loops;
    const singles = options.inputs.flatMap((input) => (input.single ? [input.name] : []));
    const store = options.journal ?? this.#parking.part("");
    const commit = new Commit(options.journal ?? this.#kept, (error) => this.#parking.mended(error));
    const replica = new Replica({ store, log, singles });
    const journal = new Journal({ store, commit, replica, isShared: !options.journal });
    const sender = new Sender({ journal, loops, replica, log, maxAge: this.#settings.reply_max_age });
    const maxReply = this.#settings.max_reply;
    const outbox = new Outbox({ streams, sender, journal, loops, redact: this.#redact, maxReply });
    const questions = new Questions();
    const commands = new Commands({ commands: this.#plugins, streams, log, isWhole });
    this.#replica = replica;
    this.#journal = journal;
    this.#sender = sender;
    this.#outbox = outbox;
    this.#commands = commands;
    const following = isWhole ? streams.filter((stream) => stream.follow) : [];
    this.#followers = following.map((stream) => this.#follower(stream));
    this.#dispatcher = new Dispatcher({
      settings: this.#settings,
      log,
      commands,
      journal,
      outbox,
      questions,
      loops,
      streams,
      followers: this.#followers,
      botLoops: new BotLoops(),
      tools: {
        registry: this.#registry,
        status: () => this.status(),
        dialogs: options.dialogs !== false,
        terse: (input) => loops.get(input)?.input.terse === true,
        part: (prefix, command) => this.#parking.part(prefix, commands.rowsOf(command)),
        scheduler: () => this.#jobs(),
      },
    });
    const recovery = new Recovery({
      journal,
      sender,
      questions,
      replica,
      // A command from the shell has no time to look through the store.
      ...(isWhole && { parking: this.#parking }),
      dispatcher: this.#dispatcher,
      inputs: new Set(loops.keys()),
      singles,
    });
    replica.on("beat", (look) => recovery.beat(look));
    replica.on("gained", (input) => loops.get(input)?.gained());
    replica.on("lost", (input) => sender.release(input));
    replica.on("lost", (input) => void loops.get(input)?.lost());
    this.#init(values);
  }

  /** How many commands failed or were not known. */
  get failures(): number {
    return this.#dispatcher.failures;
  }

  /** Begins to listen. Returns at once: inputs connect by themselves, and again whenever they must. */
  start(): void {
    this.#followed = this.#followers.map((follower) => follower.run());
    this.#ended = this.#begin();
  }

  /** Resolves when all is over: every input came to its end, or `stop` did its work. */
  async done(): Promise<void> {
    // Inputs that ended by themselves are in no hurry: what they asked is answered first.
    await Promise.race([this.#ended, this.#stopping.promise]);
    this.#finished ??= this.#finish();
    await this.#finished;
  }

  /**
   * Takes nothing new, lets what runs finish within `drain_timeout`, aborts the rest, sends what is to be sent,
   * and closes. What waits for a person and may be rerun is left in the store. Twice is safe.
   */
  stop(): Promise<void> {
    this.#drain ??= setTimeout(() => this.#late.abort(), this.#settings.drain_timeout);
    this.#stopping.resolve();
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  status(): readonly Status[] {
    const plugins = [...this.#streams, ...new Set(this.#plugins.values())];
    const all = [
      this.#dispatcher.status(this.#sender.dropped),
      ...(this.#kept instanceof BotStore ? [this.#kept.status()] : []),
      ...this.#parking.status(),
      ...this.#replica.status(),
      ...[...this.#loops].flatMap(([name, loop]) => [
        loop.status(this.#replica.otherHolder(name)),
        ...statusOf(loop.input),
      ]),
      ...this.#followers.map((follower) => follower.status()),
      ...this.#registry.status(),
      ...plugins.flatMap(statusOf),
    ];
    return all.map((part) =>
      part.note === undefined ? part : { ...part, note: this.#redact(String(part.note)) },
    );
  }

  /**
   * Takes one event, as from an input; `ack` is called when it is safe. Resolves when it was dealt with and its replies
   * were sent.
   */
  receive(event: Event, ack?: () => void): Promise<void> {
    return this.#dispatcher.receive(event, ack);
  }

  /** Says something anywhere, through the streams. Resolves when the network took it. */
  async send(to: Address | string, reply: Reply): Promise<Receipt> {
    return this.#outbox.say(eventTo(to, reply));
  }

  /** When a command runs or waits for a person: resolves at its end. */
  ended(): Promise<unknown> | undefined {
    return this.#dispatcher.ended();
  }

  #init(values: ReadonlyMap<string, FlagValue>): void {
    const init = (owner: string, plugin: Plugin) => {
      try {
        plugin.init?.({
          flags: reader(owner, values),
          log: this.#log,
          store: this.#partOf(`plugin/${owner}/`, plugin),
          redact: this.#redact,
          commands: (event) => (event ? this.#commands.for(event) : this.#commands).list(),
        });
      } catch (cause) {
        if (codeOf(cause) === "config") throw cause;
        throw new BotError("config", `[${owner}] cannot be set up: ${messageOf(cause)}`, { cause });
      }
    };
    for (const { input } of this.#loops.values()) init(`input-${input.name}`, input);
    for (const [name, registry] of this.#registries) init(`registry-${name}`, registry);
    for (const stream of this.#streams) init(`stream-${stream.name}`, stream);
    for (const command of new Set(this.#plugins.values())) init(`command ${command.name}`, command);
  }

  #partOf(prefix: string, { rows }: Plugin): Store {
    this.#parking.know(prefix, rows);
    return this.#parking.part(prefix);
  }

  #newParking(): Parking {
    const parking = new Parking({
      store: this.#kept,
      log: this.#log,
      parked: (key) => {
        if (key.startsWith("due/")) void this.#scheduler?.then((scheduler) => scheduler.mend());
      },
    });
    parking.know("", KINDS);
    return parking;
  }

  async #begin(): Promise<void> {
    // What was left from before is taken up before anything new comes in.
    await this.#replica.start();
    if (this.#followers.length > 0) await this.#jobs();
    await Promise.all([...this.#loops.values()].map((loop) => loop.run(this)));
  }

  /** Jobs are loaded when somebody has one, or the bot starts. */
  #jobs(): Promise<Scheduler> {
    this.#scheduler ??= this.#newScheduler();
    return this.#scheduler;
  }

  async #newScheduler(): Promise<Scheduler> {
    const { Scheduler } = await import("./state/scheduler.ts");
    const scheduler = new Scheduler({
      store: this.#parking.part(""),
      log: this.#log,
      grace: this.#settings.job_grace,
      accept: (event, changes) => this.#dispatcher.due(event, changes),
      missed: (job, event, at, changes) =>
        this.#dispatcher.notify(event, missed(job, at, this.#settings.zone ?? systemZone()), changes),
    });
    scheduler.start(this.#working.signal);
    return scheduler;
  }

  #follower(stream: Stream): Follower {
    const ctx = {
      log: this.#log,
      signal: this.#following.signal,
      commands: this.#plugins,
      match: (text: string) => this.#commands.match(text),
      registry: this.#registry,
      status: () => this.status(),
      send: (to: Address | string, reply: Reply) => this.send(to, reply),
      record: async (what: string, text: string) => {
        for (const one of this.#streams) await one.record?.(what, text);
      },
    };
    return new Follower({ stream, ctx, log: this.#log, deliver: (event) => this.#outbox.say(event) });
  }

  async #finish(): Promise<void> {
    // What falls due from now on is for the next process.
    this.#working.abort();
    this.#dispatcher.close();
    for (const loop of this.#loops.values()) loop.quiesce();
    const why = new BotError("cancelled", "the bot is stopping");
    if (!(await within(this.#dispatcher.idle(), this.#late.signal))) {
      this.#log.warn({}, "some commands did not finish in time and are stopped");
      this.#dispatcher.abort(why);
      await within(this.#dispatcher.idle(), LAST_WORDS);
    }
    await within(this.#dispatcher.rest(why), LAST_WORDS);
    const sent = this.#outbox.idle();
    if (!(await within(sent, this.#late.signal)) && !(await within(sent, LAST_WORDS)))
      this.#log.warn({}, "some replies could not be sent before the end");
    await within(this.#sender.stop(), LAST_WORDS);
    this.#following.abort();
    await within(Promise.all(this.#followed), LAST_WORDS);
    await this.#registry.close();
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()));
    await within(this.#replica.stop(), LAST_WORDS);
    for (const store of new Set([this.#journal.store, this.#kept])) await within(store.close(), LAST_WORDS);
    clearTimeout(this.#drain);
    this.#log.info({}, "stopped");
  }
}

/** How a plugin says that it is doing; one that cannot say so must not keep the others from it. */
function statusOf(plugin: Plugin & { readonly name: string }): readonly Status[] {
  try {
    return plugin.status?.() ?? [];
  } catch (error) {
    return [{ name: plugin.name, state: "down", note: `its status cannot be read: ${messageOf(error)}` }];
  }
}

function missed({ id, text }: Job, at: number, zone: string): string {
  return `missed: job ${id}, '${text}', was due on ${formatTime(at, zone)}, when the bot was not running`;
}

/** Whether the work was done in time: so many milliseconds, or until the signal aborts. */
async function within(work: Promise<unknown>, limit: number | AbortSignal): Promise<boolean> {
  const done = new AbortController();
  const late = typeof limit === "number" ? pause(limit, done.signal) : aborted(limit, done.signal);
  const inTime = await Promise.race([work.then(() => true), late.then(() => false)]);
  done.abort();
  return inTime;
}

async function aborted(signal: AbortSignal, done: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true, signal: done }));
}
