import type { Change, Entry, Event, Json, Store } from "@micro-bot/core";
import type { Commit, Joined } from "./commit.ts";
import { keyName } from "./names.ts";
import type { Replica } from "./replica.ts";
import { type WriteOptions, type Written, writeUntilKnown } from "./write.ts";

/** How long an event that is delivered again is known, in milliseconds: two days. */
const SEEN_MS = 2 * 86_400_000;

/** A run as the store keeps it, from the moment its event is safe until its result is. */
export interface RunRecord {
  readonly event: Event;
  /** The replica that runs it. */
  readonly holder: string;
  /** `waiting`: a stream waits for people. `begun` is written for commands that must not be run twice. */
  readonly state: "accepted" | "waiting" | "begun";
  /** The command it matched, so that a rerun can wait for one that comes late. */
  readonly command?: string;
  /** The question that the event answers. */
  readonly answers?: { readonly run: string; readonly index: number; readonly answer: string };
  /** Processes that ended while it ran; one that only had it waiting did not end of it. */
  readonly deaths: number;
}

/** What a run already did, in order: what a rerun is given instead of doing it again. */
export type LogEntry =
  /** Something was said. */
  | { readonly kind: "reply" }
  | {
      readonly kind: "ask";
      readonly until: number;
      readonly choices?: readonly string[];
      readonly lane: string;
    }
  | { readonly kind: "later"; readonly job: Json }
  /** A side effect was begun; its result follows in an entry of its own. */
  | { readonly kind: "once"; readonly name: string }
  | { readonly kind: "result"; readonly name: string; readonly value: Json }
  /** What was here could not be read: nobody knows all that the run did. */
  | { readonly kind: "lost" };

/** A run in the hands of this replica. */
export interface Run {
  readonly id: string;
  record: RunRecord;
  /** The fencing token: nobody else has written the record since. */
  version: number;
  readonly log: LogEntry[];
  readonly answers: Map<number, string>;
  /** Keys of its log and questions, to be removed with it. */
  readonly keys: Set<string>;
  /** What streams have written down with its next write. */
  joined: readonly Joined[];
}

export type Accepted = Run | "seen" | "lost";

export interface JournalOptions {
  readonly store: Store;
  readonly commit: Commit;
  readonly replica: Replica;
  /** Whether it is in the bot's own store, so that the next process finds it, and streams can write with it. */
  readonly isShared: boolean;
}

/** Runs and unsent messages in the store. Each step of a run is one write that asks whether it is still this replica's. */
export class Journal {
  readonly store: Store;
  readonly isShared: boolean;
  readonly #commit: Commit;
  readonly #replica: Replica;

  constructor({ store, commit, replica, isShared }: JournalOptions) {
    this.store = store;
    this.isShared = isShared;
    this.#commit = commit;
    this.#replica = replica;
  }

  /**
   * Keeps an event that is to be run. `seen`: it was delivered before. `lost`: the input, or one of the other changes,
   * is somebody else's. Rejects with the store's error when that does not work for too long.
   */
  async accept(
    id: string,
    more: Pick<RunRecord, "event" | "command" | "answers">,
    tries: Pick<WriteOptions, "patience" | "over">,
    others: readonly Change[] = [],
  ): Promise<Accepted> {
    const record: RunRecord = { ...more, holder: this.#replica.self.id, state: "accepted", deaths: 0 };
    const seen = seenKey(record.event);
    const changes: Change[] = [
      { key: seen, value: id, version: 0, ttl: SEEN_MS },
      ...others,
      ...(others.length === 0 ? this.#replica.fence(record.event.from.input) : []),
      { key: runKey(id), value: record as unknown as Json, version: 0 },
    ];
    const alreadyApplied = async () => {
      const entry = await this.store.get(seen);
      if (entry?.value !== id) return undefined;
      return changes.map(() => 0).with(-1, (await this.store.get(runKey(id)))?.version ?? 0);
    };
    const written = await writeUntilKnown(this.#commit, changes, { ...tries, alreadyApplied });
    if ("lost" in written) return written.lost === seen ? "seen" : "lost";
    return newRun(id, record, written.versions.at(-1)!);
  }

  /** Writes down that a command that must not run twice begins. False: another replica has the run. */
  begin(run: Run, tries: Pick<WriteOptions, "patience"> = {}): Promise<boolean> {
    return this.#update(run, { ...run.record, state: "begun" }, [], tries);
  }

  /** Writes down that a stream waits for people, or no longer does. False: another replica has the run. */
  wait(run: Run, waits: boolean): Promise<boolean> {
    return this.#update(run, { ...run.record, state: waits ? "waiting" : "accepted" });
  }

  /** Takes a run from a replica that is gone. `takes` asks for its death. */
  async claim(run: Run, takes: readonly Change[]): Promise<boolean> {
    return this.#update(run, { ...run.record, holder: this.#replica.self.id }, takes);
  }

  /** Counts that a run which was cut is begun once more: should this end the process, it is known. False: as for `begin`. */
  async countCrash(run: Run): Promise<boolean> {
    if (isAsking(run)) return true;
    return this.#update(run, { ...run.record, deaths: run.record.deaths + 1 });
  }

  /** Adds to what the run did, with other changes in the same write. False: another replica has the run. */
  async append(run: Run, entry: LogEntry, others: readonly Change[] = []): Promise<boolean> {
    const key = `log/${run.id}/${String(run.log.length).padStart(6, "0")}`;
    run.log.push(entry);
    run.keys.add(key);
    const changes: Change[] = [
      { key: runKey(run.id), version: run.version, keep: true },
      { key, value: entry as unknown as Json },
      ...others,
    ];
    return isWritten(
      await this.#write(run, changes, async () => ((await this.store.get(key)) ? [0] : undefined)),
    );
  }

  /** Changes that are neither a step of the run nor its end, with what joined it. False: they are somebody else's. */
  async with(
    run: Run,
    changes: readonly Change[],
    alreadyApplied: WriteOptions["alreadyApplied"],
  ): Promise<boolean> {
    return isWritten(await this.#write(run, changes, alreadyApplied));
  }

  /** The result: the run is over, and what is said last is in the store. False: another replica has the run. */
  async finish(
    run: Run,
    others: readonly Change[],
    tries: Pick<WriteOptions, "patience"> = {},
  ): Promise<boolean> {
    const changes: Change[] = [
      { key: runKey(run.id), version: run.version },
      ...[...run.keys].map((key) => ({ key })),
      ...others,
    ];
    // What was said is there only if this write was made: nobody else sends it before it is pushed here.
    const [said] = others;
    const alreadyApplied = async () => (said && (await this.store.get(said.key)) ? [0] : undefined);
    return isWritten(await this.#write(run, changes, alreadyApplied, tries));
  }

  /** Messages and the like that belong to no run. Only a conflict with somebody else is no success. */
  async keep(
    changes: readonly Change[],
    tries: Omit<WriteOptions, "alreadyApplied"> & Partial<WriteOptions> = {},
  ): Promise<boolean> {
    const alreadyApplied = async () => changes.map(() => 0);
    return isWritten(await writeUntilKnown(this.#commit, changes, { alreadyApplied, ...tries }));
  }

  /** Whether a stream could not write down what joined: the write was not made, and its person is told. */
  isUnsealed(error: unknown): boolean {
    return this.#commit.isUnsealed(error);
  }

  /** The run of an entry, with all that it did. */
  async load({ key, value, version }: Entry): Promise<Run> {
    const run = newRun(key.slice(RUN.length), value as unknown as RunRecord, version);
    for await (const entry of this.store.list(`log/${run.id}/`)) {
      run.log.push(entry.value as unknown as LogEntry);
      run.keys.add(entry.key);
    }
    for await (const entry of this.store.list(`answer/${run.id}/`)) {
      run.answers.set(Number(entry.key.slice(entry.key.lastIndexOf("/") + 1)), String(entry.value));
      run.keys.add(entry.key);
    }
    for await (const { key } of this.store.list(`ask/${run.id}/`)) run.keys.add(key);
    return run;
  }

  /** All runs, of all replicas, in the order in which they were accepted. */
  list(): AsyncIterable<Entry> {
    return this.store.list(RUN);
  }

  async #update(
    run: Run,
    record: RunRecord,
    others: readonly Change[] = [],
    tries: Pick<WriteOptions, "patience"> = {},
  ): Promise<boolean> {
    const key = runKey(run.id);
    const changes = [{ key, value: record as unknown as Json, version: run.version }, ...others];
    const alreadyApplied = async () => {
      const entry = await this.store.get(key);
      const now = entry?.value as unknown as RunRecord | undefined;
      return now?.holder === record.holder && now.state === record.state ? [entry!.version] : undefined;
    };
    const written = await this.#write(run, changes, alreadyApplied, tries);
    if ("lost" in written) return false;
    run.record = record;
    run.version = written.versions[0]!;
    return true;
  }

  async #write(
    run: Run,
    changes: readonly Change[],
    alreadyApplied: WriteOptions["alreadyApplied"],
    tries: Pick<WriteOptions, "patience"> = {},
  ): Promise<Written> {
    const { joined } = run;
    run.joined = [];
    const write = (changes: readonly Change[]) => this.#commit.write(changes, joined);
    const isFinal = (error: unknown) => this.#commit.isUnsealed(error);
    try {
      return await writeUntilKnown({ write }, changes, { ...tries, alreadyApplied, isFinal });
    } catch (error) {
      run.joined = [...joined, ...run.joined];
      throw error;
    }
  }
}

function isWritten(written: Written): boolean {
  return "versions" in written;
}

const RUN = "run/";

function runKey(id: string): string {
  return `${RUN}${id}`;
}

function newRun(id: string, record: RunRecord, version: number): Run {
  return { id, record, version, log: [], answers: new Map(), keys: new Set(), joined: [] };
}

/** Whether it only waited for a person: then it ended no process. */
function isAsking({ record, log, answers }: Run): boolean {
  if (record.state === "waiting") return true;
  return log.filter(({ kind }) => kind === "ask").length > answers.size;
}

function seenKey({ id, from }: Event): string {
  return `seen/${from.input}/${keyName(id)}`;
}
