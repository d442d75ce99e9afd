import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import {
  type Change,
  codeOf,
  type Entry,
  type Json,
  type Log,
  messageOf,
  type Status,
  type Store,
} from "@micro-bot/core";
import { newId } from "./names.ts";
import { writeUntilKnown } from "./write.ts";

/** A replica that has not been heard of for so long is taken for dead, in milliseconds. */
export const LEASE = 5000;
const BEAT = 1000;
/** Less than the store's word for it, so that this replica stops before another starts. */
const SAFETY = 500;
/** A version that no key ever has: what asks for it is refused. */
const NEVER = -1;
/** Beats between two looks for what was left behind by a replica that nobody saw. */
const LOOKS = 30;

/** Who a replica is, as others see it. */
export interface Self {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** This machine's start and process space, where they can be known: by it a dead process is known at once. */
  readonly machine?: string;
  /** When the process began, by the machine's own count: a number may be given to another process later. */
  readonly began?: string;
  readonly [key: string]: Json | undefined;
}

export interface ReplicaOptions {
  readonly store: Store;
  readonly log: Log;
  /** Inputs that bear one connection: held by one replica each. */
  readonly singles: readonly string[];
}

/** What a replica tells. */
export interface ReplicaEvents {
  /** It holds the input now. */
  gained: (input: string) => void;
  /** Another holds the input now. */
  lost: (input: string) => void;
  /** After each beat that reached the store, which is waited for. `look` asks for whatever dead replicas left behind. */
  beat: (look: boolean) => void | Promise<void>;
}

interface Lease {
  readonly holder?: string;
  readonly version: number;
}

/**
 * This bot among those that share its store. Its heartbeat is one key with a time to live: what it holds (inputs, runs)
 * is its own for as long as the key is there. A lease's version is the fencing token: whoever slept and woke late cannot
 * write with it any more.
 */
export class Replica {
  readonly self: Self;
  readonly #options: ReplicaOptions;
  readonly #leases = new Map<string, Lease>();
  readonly #told: { [Name in keyof ReplicaEvents]: ReplicaEvents[Name][] } = {
    gained: [],
    lost: [],
    beat: [],
  };
  #alive: ReadonlyMap<string, Self> = new Map();
  readonly #over = new AbortController();
  #validUntil = 0;
  #beats = 0;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.self = whoami();
  }

  /** Has a listener told of something. */
  on<Name extends keyof ReplicaEvents>(name: Name, listener: ReplicaEvents[Name]): void {
    this.#told[name].push(listener);
  }

  /** Resolves when the store knows of this replica; the beats go on until `stop`. */
  async start(): Promise<void> {
    await this.#beat();
  }

  /** Whether this replica may use the input now. */
  holds(input: string): boolean {
    if (!this.#options.singles.includes(input)) return true;
    return this.#leases.get(input)?.holder === this.self.id && performance.now() < this.#validUntil;
  }

  /** What a write must ask for that is done in the name of an input which one replica holds. */
  fence(input: string): readonly Change[] {
    if (!this.#options.singles.includes(input)) return [];
    const lease = this.#leases.get(input);
    const version = lease?.holder === this.self.id ? lease.version : NEVER;
    return [{ key: leaseKey(input), version, keep: true }];
  }

  /** What a write must ask for that takes something from a replica; undefined while that one lives. */
  takes(id: string): readonly Change[] | undefined {
    return this.#alive.has(id) ? undefined : [{ key: replicaKey(id), version: 0, keep: true }];
  }

  /** Who holds an input that this replica does not hold, in words. */
  otherHolder(input: string): string | undefined {
    const id = this.#leases.get(input)?.holder;
    const who = id === undefined || id === this.self.id ? undefined : this.#alive.get(id);
    return who && nameOf(who);
  }

  /** A line for each replica, when there are several. */
  status(): readonly Status[] {
    if (this.#alive.size < 2) return [];
    return [...this.#alive.values()].map((one) => {
      const own = one.id === this.self.id;
      const held = own
        ? [...this.#leases].flatMap(([input, { holder }]) => (holder === one.id ? [input] : []))
        : [];
      const note = [own && "this one", held.length > 0 && `holds ${held.join(", ")}`]
        .filter(Boolean)
        .join(", ");
      return { name: `bot ${nameOf(one)}`, state: "up" as const, ...(note && { note }) };
    });
  }

  /** The replicas that live, in words. */
  names(): string[] {
    return [...this.#alive.values()].map(nameOf);
  }

  /** Lets go of all it holds. */
  async stop(): Promise<void> {
    this.#over.abort();
    clearTimeout(this.#timer);
    await this.#beating;
    await this.#options.store.write([{ key: replicaKey(this.self.id) }]).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    this.#beating = this.#try().catch((error) =>
      this.#options.log.debug({ code: codeOf(error) }, `no heartbeat: ${messageOf(error)}`),
    );
    await this.#beating;
    if (this.#over.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#beat(), BEAT);
    this.#timer.unref();
  }

  async #try(): Promise<void> {
    const { store, singles } = this.#options;
    const began = performance.now();
    await store.write([{ key: replicaKey(this.self.id), value: json(this.self), ttl: LEASE }]);
    if (this.#over.signal.aborted) return;
    const gone = await this.#look();
    for (const input of singles) await this.#hold(input);
    // Only now: a lease that was taken while this process slept must be seen before it is relied on.
    this.#validUntil = began + LEASE - SAFETY;
    const look = gone || this.#beats++ % LOOKS === 0;
    for (const tell of this.#told.beat) await tell(look);
  }

  /** Whether a replica that was known is gone. Keys of processes that are known to be dead are removed. */
  async #look(): Promise<boolean> {
    const alive = new Map([[this.self.id, this.self]]);
    for await (const { key, value, version } of this.#options.store.list("replica/")) {
      const other = value as unknown as Self;
      if (other.id !== this.self.id && isDead(other, this.self)) await this.#bury(key, version);
      else alive.set(other.id, other);
    }
    const before = this.#alive;
    this.#alive = alive;
    return [...before.keys()].some((id) => !alive.has(id));
  }

  async #bury(key: string, version: number): Promise<void> {
    await this.#options.store.write([{ key, version }]).catch((error) => {
      if (codeOf(error) !== "conflict") throw error;
    });
  }

  async #hold(input: string): Promise<void> {
    const entry = await this.#options.store.get(leaseKey(input));
    const holder = holderOf(entry);
    const mine = this.#leases.get(input)?.holder === this.self.id;
    this.#leases.set(input, { version: entry?.version ?? 0, ...(holder !== undefined && { holder }) });
    if (holder === this.self.id) return;
    if (mine) this.#lost(input, holder);
    if (holder !== undefined && this.#alive.has(holder)) return;
    await this.#take(input, entry?.version ?? 0, holder);
  }

  async #take(input: string, version: number, from: string | undefined): Promise<void> {
    const key = leaseKey(input);
    const { store, log } = this.#options;
    const alreadyApplied = async () => {
      const entry = await store.get(key);
      return holderOf(entry) === this.self.id ? [entry!.version] : undefined;
    };
    const changes = [
      { key, version, value: { holder: this.self.id } },
      ...(from === undefined ? [] : this.takes(from)!),
    ];
    const written = await writeUntilKnown(store, changes, { patience: BEAT, alreadyApplied });
    if ("lost" in written) return;
    this.#leases.set(input, { holder: this.self.id, version: written.versions[0]! });
    if (from !== undefined) log.info({ input }, `${input} is taken over from a bot that is gone`);
    for (const tell of this.#told.gained) tell(input);
  }

  #lost(input: string, to: string | undefined): void {
    const who = to === undefined ? undefined : this.#alive.get(to);
    this.#options.log.warn({ input }, `${input} is held by ${who ? nameOf(who) : "another bot"} now`);
    for (const tell of this.#told.lost) tell(input);
  }
}

function leaseKey(input: string): string {
  return `lease/${input}`;
}

function replicaKey(id: string): string {
  return `replica/${id}`;
}

function holderOf(entry: Entry | undefined): string | undefined {
  return (entry?.value as { holder?: string } | undefined)?.holder;
}

function json(self: Self): Json {
  return Object.fromEntries(Object.entries(self).filter(([, value]) => value !== undefined)) as Json;
}

function nameOf({ host, pid }: Self): string {
  return `${host} (process ${pid})`;
}

function whoami(): Self {
  const began = beganOf(process.pid);
  const machine = machineOf();
  return {
    id: newId(),
    host: hostname(),
    pid: process.pid,
    ...(machine !== undefined && { machine }),
    ...(began !== undefined && { began }),
  };
}

/** Whether it is a process of this machine that is certainly no more. What cannot be known is left to the time to live. */
function isDead(other: Self, self: Self): boolean {
  if (self.machine === undefined || other.machine !== self.machine || other.began === undefined) return false;
  return other.pid === process.pid ? other.began !== self.began : beganOf(other.pid) !== other.began;
}

// proc(5): the boot's id is the same for all containers, the process space is not.
function machineOf(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

// proc(5): field 22 of stat; the name before it may hold spaces and parentheses. A zombie is dead.
function beganOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
