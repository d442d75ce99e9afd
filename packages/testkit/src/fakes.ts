import { randomUUID } from "node:crypto";
import {
  type Address,
  type AskOptions,
  BotError,
  type Command,
  type Context,
  type Event,
  envOf,
  type Flag,
  type FlagValue,
  type FollowContext,
  type Job,
  type Jobs,
  type Json,
  type Log,
  memoryIn,
  memoryRegistry,
  memoryStore,
  type PluginContext,
  Plugins,
  parseAddress,
  type ReadFlags,
  type Receipt,
  type Reply,
  type Turn,
  type When,
} from "@micro-bot/core";

/** What a person says: any field of the event, and short words for where it is said and by whom. */
export interface Said extends Partial<Event> {
  readonly input?: string;
  readonly room?: string;
  readonly person?: string;
  readonly thread?: string;
}

/** An event as an input would yield it: alice says `ping` to the bot in the room `lobby`. */
export function event(said: Said = {}): Event {
  const { input = "fake", room = "lobby", person = "alice", thread, ...fields } = said;
  const place = { input, room, ...(thread !== undefined && { thread }) };
  return {
    id: randomUUID(),
    type: "text",
    from: { ...place, person },
    to: { ...place, person: "micro" },
    data: "ping",
    addressed: true,
    assurance: 1,
    time: Date.now(),
    meta: {},
    ...fields,
  };
}

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

/** A log that keeps its lines. */
export interface FakeLog extends Log {
  readonly lines: readonly LogLine[];
}

export function fakeLog(): FakeLog {
  const lines: LogLine[] = [];
  const at = (level: LogLine["level"]) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Flag values by name, as the engine would hand them over. Durations also as `30s`, lists also as `a,b`. */
export type FlagValues = Readonly<Record<string, FlagValue | undefined>>;

/** Reads flags from plain values: defaults filled in, required ones missed, as the engine does. */
export function fakeFlags(values: FlagValues = {}): ReadFlags {
  const read: unknown = (declared: readonly Flag[]) =>
    Object.fromEntries(
      declared.map((flag) => [flag.name, readValue(flag, values[flag.name] ?? flag.default)]),
    );
  return read as ReadFlags;
}

/** What a plugin gets in `init`. */
export function fakePluginContext(
  values: FlagValues = {},
  overrides: Partial<PluginContext> = {},
): PluginContext {
  const store = memoryStore();
  return {
    flags: fakeFlags(values),
    log: fakeLog(),
    store,
    redact: (text) => text,
    commands: () => [],
    ...overrides,
  };
}

/** Said by a command or follower of its own accord. */
export interface Sent {
  readonly to: Address;
  readonly reply: Reply;
}

/** A question that a command asked. */
export interface Asked extends AskOptions {
  readonly question: Reply;
}

/** A context that keeps what the command says, asks and defers. */
export interface FakeContext extends Context {
  readonly replies: readonly Reply[];
  readonly sent: readonly Sent[];
  readonly asked: readonly Asked[];
  /** Answers the next question, or the one that waits. An error rejects it, as a timeout or `cancel` does. */
  answer(answer: string | Error): void;
  abort(reason?: Error): void;
}

/** A context for one command; `event.data` is what was typed. */
export function fakeContext(overrides: Partial<Context> = {}): FakeContext {
  const { event: asked = event(), ...rest } = overrides;
  const aborter = new AbortController();
  const replies: Reply[] = [];
  const sent: Sent[] = [];
  const dialog = fakeDialog();
  const id = randomUUID();
  return {
    id,
    event: asked,
    person: asked.from,
    rest: asked.data.trimStart().replace(/^\S+\s?/, ""),
    log: fakeLog(),
    signal: aborter.signal,
    reply: (reply) => receive(replies, reply),
    maxReply: 100_000,
    send: async (to, reply) => receive(sent, { to: addressOf(to), reply }),
    ask: dialog.ask,
    more: async () => false,
    terse: false,
    ...fakeJobs().of(asked.from),
    once: async (name, effect) => effect(`${id}/${name}`),
    memory: {
      command: memoryIn(memoryStore()),
      room: memoryIn(memoryStore()),
      person: memoryIn(memoryStore()),
      bot: memoryIn(memoryStore()),
    },
    commands: { list: () => [], match: () => undefined },
    registry: memoryRegistry(),
    status: () => [],
    ...rest,
    replies,
    sent,
    asked: dialog.asked,
    answer: dialog.answer,
    abort: (reason = new BotError("cancelled", "cancelled by the test")) => aborter.abort(reason),
  };
}

function fakeDialog(): Pick<FakeContext, "ask" | "asked" | "answer"> {
  const asked: Asked[] = [];
  const answers: PromiseWithResolvers<string>[] = [];
  let answered = 0;
  const place = (index: number) => (answers[index] ??= Promise.withResolvers<string>());
  return {
    asked,
    ask(question, options = {}) {
      asked.push({ question, ...options });
      return place(asked.length - 1).promise;
    },
    answer(answer) {
      const { resolve, reject, promise } = place(answered++);
      promise.catch(() => undefined);
      if (typeof answer === "string") resolve(answer);
      else reject(answer);
    },
  };
}

/** Jobs of everybody. */
export interface FakeJobs {
  /** What a context of this person in this room has: `fakeContext({ event, ...jobs.of(event.from) })`. */
  of(person: Address): Pick<Context, "later" | "jobs">;
}

/** Jobs that several contexts share. None of them runs. As in the engine, a time that is over is refused. */
export function fakeJobs(): FakeJobs {
  const jobs = new Map<string, Job>();
  let count = 0;
  return { of: (person) => ({ later: (when, text) => later(person, when, text), jobs: jobsOf(person) }) };

  async function later(person: Address, when: When | Date, text: string): Promise<Job> {
    const exact = when instanceof Date ? { at: when.getTime() } : when;
    const made = Date.now();
    if ("at" in exact && exact.at <= made) throw new BotError("invalid", "the time is over");
    const next = "at" in exact ? exact.at : made + ("every" in exact ? exact.every : 60_000);
    const job = { id: String(++count), text, when: exact, next, person, made };
    jobs.set(job.id, job);
    return job;
  }

  function jobsOf({ input, room, person }: Address): Jobs {
    const own = (job: Job) => job.person.input === input && job.person.person === person;
    const shown = (job: Job) => own(job) || (job.person.input === input && job.person.room === room);
    return {
      list: async () => [...jobs.values()].filter(shown).sort((a, b) => a.next - b.next),
      async get(id) {
        const job = jobs.get(id);
        return job && shown(job) ? job : undefined;
      },
      async cancel(id, { anyones = false } = {}) {
        const job = jobs.get(id);
        if (!job || !(anyones || shown(job))) return false;
        if (!anyones && !own(job)) throw new BotError("denied", `job ${id} is not yours`);
        return jobs.delete(id);
      },
    };
  }
}

/** A turn that keeps what is answered, said elsewhere and noted. */
export interface FakeTurn extends Turn {
  readonly replies: readonly Reply[];
  readonly sent: readonly Sent[];
  /** Ends what waits for people, as a cancel or the end of the bot does. */
  abort(reason?: Error): void;
}

/** A turn for `receive`; it matched no command unless `match` says so. */
export function fakeTurn(overrides: Partial<Turn> = {}): FakeTurn {
  const replies: Reply[] = [];
  const sent: Sent[] = [];
  const notes: Record<string, Json> = {};
  const aborter = new AbortController();
  return {
    id: randomUUID(),
    event: event(),
    match: { kind: "none" },
    log: fakeLog(),
    signal: aborter.signal,
    notes,
    note(name, value) {
      notes[name] = value;
    },
    reply: (reply) => receive(replies, reply),
    send: async (to, reply) => receive(sent, { to: addressOf(to), reply }),
    wait: (work) => work(aborter.signal),
    ...overrides,
    replies,
    sent,
    abort: (reason = new BotError("cancelled", "cancelled by the test")) => aborter.abort(reason),
  };
}

/** A follower's context that keeps what is sent. */
export interface FakeFollowContext extends FollowContext {
  readonly sent: readonly Sent[];
  /** What was to be recorded, as `what: text`. */
  readonly recorded: readonly string[];
  abort(): void;
}

export function fakeFollowContext(overrides: Partial<FollowContext> = {}): FakeFollowContext {
  const aborter = new AbortController();
  const sent: Sent[] = [];
  const recorded: string[] = [];
  return {
    log: fakeLog(),
    signal: aborter.signal,
    commands: new Plugins<Command>(),
    match: () => undefined,
    registry: memoryRegistry(),
    status: () => [],
    send: async (to, reply) => receive(sent, { to: addressOf(to), reply }),
    record: async (what, text) => void recorded.push(`${what}: ${text}`),
    ...overrides,
    sent,
    recorded,
    abort: () => aborter.abort(new BotError("closed", "stopped by the test")),
  };
}

async function receive<T>(all: T[], item: T): Promise<Receipt> {
  all.push(item);
  return { id: String(all.length) };
}

function addressOf(to: Address | string): Address {
  return typeof to === "string" ? parseAddress(to) : to;
}

const absent: Partial<Record<NonNullable<Flag["type"]>, FlagValue>> = { boolean: false, list: [] };

const readers: Record<NonNullable<Flag["type"]>, (value: FlagValue) => FlagValue | undefined> = {
  string: (value) => (typeof value === "string" ? value : undefined),
  number: (value) => (typeof value === "number" ? value : undefined),
  boolean: (value) => (typeof value === "boolean" ? value : undefined),
  list: (value) => (typeof value === "string" ? split(value) : Array.isArray(value) ? value : undefined),
  duration: (value) => (typeof value === "string" ? milliseconds(value) : readers.number(value)),
};

function readValue(flag: Flag, given: FlagValue | undefined): FlagValue | undefined {
  const type = flag.type ?? "string";
  if (given === undefined && flag.required)
    throw new BotError(
      "config",
      `${flag.name} is required: --${flag.name}=${type.toUpperCase()} or ${envOf(flag)}`,
    );
  if (given === undefined) return absent[type];
  const value = readers[type](given);
  if (value === undefined) throw new BotError("config", `${flag.name} is not a ${type}`);
  return value;
}

function split(text: string): string[] {
  return text === "" ? [] : text.split(",").map((item) => item.trim());
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(text: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(count) * units[unit]!;
}
