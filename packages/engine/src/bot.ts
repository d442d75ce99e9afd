import {
  type Address,
  commands as allCommands,
  registries as allRegistries,
  streams as allStreams,
  BotError,
  type Command,
  contentOf,
  type Event,
  type FlagValue,
  type Input,
  type Log,
  memoryStore,
  type Plugin,
  type Plugins,
  parseAddress,
  type Receipt,
  type Registry,
  type Reply,
  replyTo,
  type Status,
  type Store,
  type Stream,
  storeUnder,
  type Values,
} from "@micro-bot/core";
import { pause } from "./backoff.ts";
import { Desk } from "./desk.ts";
import { flags } from "./flags.ts";
import { Follower } from "./follower.ts";
import { newId } from "./id.ts";
import { Loop } from "./loop.ts";
import { Matcher } from "./matcher.ts";
import { onion } from "./onion.ts";
import { Outbox } from "./outbox.ts";
import { ChosenRegistry } from "./registry.ts";
import type { Redact } from "./secrets.ts";
import { clean, cut } from "./text.ts";
import { reader } from "./values.ts";

export interface BotOptions {
  readonly inputs: readonly Input[];
  /** Default: the shared maps that linked packages joined. */
  readonly commands?: Plugins<Command>;
  readonly streams?: Plugins<Stream>;
  readonly registries?: ReadonlyMap<string, Registry>;
  /** Whether streams follow. Default true; a single command run from a shell has nothing to follow. */
  readonly follow?: boolean;
  /** Values of flags by name, typed as their flags say: `{ irc_port: 6697, inputs: ["irc"] }`. */
  readonly flags?: Readonly<Record<string, FlagValue>>;
  readonly log?: Log;
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
  readonly #commands: Plugins<Command>;
  readonly #streams: readonly Stream[];
  readonly #store: Store = memoryStore();
  readonly #log: Log;
  readonly #redact: Redact;
  readonly #loops: ReadonlyMap<string, Loop>;
  readonly #followers: readonly Follower[];
  readonly #registries: ReadonlyMap<string, Registry>;
  readonly #registry: ChosenRegistry;
  readonly #desk: Desk;
  readonly #outbox: Outbox;
  readonly #deliver: (event: Event) => Promise<Receipt>;
  readonly #following = new AbortController();
  readonly #stopping = Promise.withResolvers<void>();
  /** Aborts when what still runs has had its time. */
  readonly #late = new AbortController();
  readonly #sending = new Set<Promise<unknown>>();
  #drain: NodeJS.Timeout | undefined;
  #followed: readonly Promise<void>[] = [];
  #ended: Promise<unknown> | undefined;
  #finished: Promise<void> | undefined;

  constructor(options: BotOptions) {
    const values = new Map(Object.entries(options.flags ?? {}));
    this.#settings = reader("micro", values)(flags);
    this.#commands = options.commands ?? allCommands;
    this.#streams = [...(options.streams ?? allStreams).values()];
    this.#log = options.log ?? silent;
    this.#redact = options.redact ?? ((text) => text);
    this.#registries = options.registries ?? allRegistries;
    this.#registry = new ChosenRegistry(this.#registries, this.#settings.registry, this.#log);
    this.#loops = new Map(options.inputs.map((input) => [input.name, this.#loop(input)]));
    this.#outbox = new Outbox({
      loopOf: (name) => this.#loops.get(name),
      log: this.#log,
      maxAge: this.#settings.reply_max_age,
    });
    const deliver = onion<Event, Receipt>(
      this.#streams.flatMap((stream) => (stream.send ? [(event, next) => stream.send!(event, next)] : [])),
      (event) => this.#outbox.deliver(this.#presentable(event)),
    );
    this.#deliver = (event) => {
      const sent = deliver(event);
      this.#sending.add(sent);
      const gone = () => this.#sending.delete(sent);
      sent.then(gone, gone);
      return sent;
    };
    this.#desk = this.#newDesk();
    const following = options.follow === false ? [] : this.#streams.filter((stream) => stream.follow);
    this.#followers = following.map((stream) => this.#follower(stream));
    this.#init(values);
  }

  /** How many commands failed or were not known. */
  get failures(): number {
    return this.#desk.failures;
  }

  /** Begins to listen. Returns at once: inputs connect by themselves, and again whenever they must. */
  start(): void {
    this.#followed = this.#followers.map((follower) => follower.run());
    this.#ended = Promise.all([...this.#loops.values()].map((loop) => loop.run()));
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
   * and closes. Twice is safe.
   */
  stop(): Promise<void> {
    this.#drain ??= setTimeout(() => this.#late.abort(), this.#settings.drain_timeout);
    this.#stopping.resolve();
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  status(): readonly Status[] {
    const plugins: readonly Plugin[] = [...this.#streams, ...new Set(this.#commands.values())];
    const all = [
      this.#desk.status(this.#outbox.dropped),
      ...[...this.#loops.values()].flatMap((loop) => loop.status()),
      ...this.#followers.map((follower) => follower.status()),
      ...this.#registry.status(),
      ...plugins.flatMap((plugin) => plugin.status?.() ?? []),
    ];
    return all.map((part) => (part.note === undefined ? part : { ...part, note: this.#redact(part.note) }));
  }

  /** Takes one event, as from an input. Resolves when it was dealt with and its replies were sent. */
  async receive(event: Event): Promise<void> {
    for (const follower of this.#followers) follower.push(event);
    await this.#desk.receive(event);
  }

  /** Says something anywhere, through the streams. Resolves when the network took it. */
  async send(to: Address | string, reply: Reply): Promise<Receipt> {
    const address = typeof to === "string" ? parseAddress(to) : to;
    return this.#deliver({
      ...contentOf(reply),
      id: newId(),
      type: "text",
      from: { input: address.input, room: address.room },
      to: address,
      addressed: false,
      assurance: 2,
      time: Date.now(),
      meta: {},
    });
  }

  #init(values: ReadonlyMap<string, FlagValue>): void {
    const init = (owner: string, plugin: Plugin) =>
      plugin.init?.({
        flags: reader(owner, values),
        log: this.#log,
        store: storeUnder(this.#store, `plugin/${owner}/`),
        commands: () => this.#desk.commands.list(),
      });
    for (const { input } of this.#loops.values()) init(`input-${input.name}`, input);
    for (const [name, registry] of this.#registries) init(`registry-${name}`, registry);
    for (const stream of this.#streams) init(`stream-${stream.name}`, stream);
    for (const command of new Set(this.#commands.values())) init(`command ${command.name}`, command);
  }

  #newDesk(): Desk {
    const matcher = new Matcher(this.#commands, this.#log);
    matcher.compile();
    return new Desk({
      matcher,
      commands: this.#commands,
      streams: this.#streams,
      settings: this.#settings,
      log: this.#log,
      registry: this.#registry,
      sequential: (input) => this.#loops.get(input)?.input.sequential === true,
      reply: (event, reply) => this.#deliver(replyTo(event, reply, newId(), Date.now())),
      send: (to, reply) => this.send(to, reply),
      status: () => this.status(),
    });
  }

  #loop(input: Input): Loop {
    return new Loop({ input, log: this.#log, receive: (event) => this.receive(event) });
  }

  #follower(stream: Stream): Follower {
    const ctx = {
      log: this.#log,
      signal: this.#following.signal,
      commands: this.#commands,
      match: (text: string) => this.#desk.commands.match(text),
      registry: this.#registry,
      status: () => this.status(),
      send: (to: Address | string, reply: Reply) => this.send(to, reply),
    };
    return new Follower({ stream, ctx, log: this.#log, deliver: (event) => this.#deliver(event) });
  }

  #presentable(event: Event): Event {
    const tidy = (text: string) => clean(this.#redact(text));
    return {
      ...event,
      data: cut(tidy(event.data), this.#settings.max_reply),
      ...(event.choices && { choices: event.choices.map(tidy) }),
      ...(event.subject !== undefined && { subject: tidy(event.subject).replaceAll("\n", " ") }),
      ...(event.files && { files: event.files.map((file) => ({ ...file, name: tidy(file.name) })) }),
    };
  }

  async #finish(): Promise<void> {
    this.#desk.close();
    for (const loop of this.#loops.values()) loop.quiesce();
    if (!(await within(this.#desk.idle(), this.#late.signal))) {
      this.#log.warn({}, "some commands did not finish in time and are stopped");
      this.#desk.abort(new BotError("cancelled", "the bot is stopping"));
      await within(this.#desk.idle(), LAST_WORDS);
    }
    const sent = this.#sent();
    if (!(await within(sent, this.#late.signal)) && !(await within(sent, LAST_WORDS)))
      this.#log.warn({}, "some replies could not be sent before the end");
    this.#outbox.stop();
    this.#following.abort();
    await within(Promise.all(this.#followed), LAST_WORDS);
    await this.#registry.close();
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()));
    clearTimeout(this.#drain);
    this.#log.info({}, "stopped");
  }

  async #sent(): Promise<void> {
    while (this.#sending.size > 0) await Promise.allSettled(this.#sending);
  }
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
