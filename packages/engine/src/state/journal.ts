import type { Change, Entry, Event, Json, Store } from "@micro-bot/core";
import { type SettleOptions, settle } from "../store.ts";
import { keyName } from "./key-name.ts";

/** For how long an event that is delivered again is known, in milliseconds: two days. */
const REMEMBERED = 2 * 86_400_000;

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
}

export type Accepted = Run | "seen" | "lost";

export interface RunsOptions {
  readonly store: Store;
  readonly holder: () => string;
  /** What a write in the name of this event's input must ask for. */
  readonly fence: (input: string) => readonly Change[];
}

/** Runs in the store. Each step is one write that asks whether the run is still this replica's. */
export class Runs {
  readonly #store: Store;
  readonly #holder: () => string;
  readonly #fence: RunsOptions["fence"];

  constructor({ store, holder, fence }: RunsOptions) {
    this.#store = store;
    this.#holder = holder;
    this.#fence = fence;
  }

  /**
   * Keeps an event that is to be run. `seen`: it was delivered before. `lost`: the input, or one of the other changes,
   * is somebody else's. Rejects with the store's error when that does not work for too long.
   */
  async accept(
    id: string,
    more: Pick<RunRecord, "event" | "command" | "answers">,
    tries: Pick<SettleOptions, "patience" | "over">,
    others: readonly Change[] = [],
  ): Promise<Accepted> {
    const record: RunRecord = { ...more, holder: this.#holder(), state: "accepted", deaths: 0 };
    const seen = await seenKey(record.event);
    const changes: Change[] = [
      { key: seen, value: id, version: 0, ttl: REMEMBERED },
      ...others,
      ...(others.length === 0 ? this.#fence(record.event.from.input) : []),
      { key: runKey(id), value: record as unknown as Json, version: 0 },
    ];
    const mine = async () => {
      const entry = await this.#store.get(seen);
      if (entry?.value !== id) return undefined;
      return changes.map(() => 0).with(-1, (await this.#store.get(runKey(id)))?.version ?? 0);
    };
    const written = await settle(this.#store, changes, { ...tries, mine });
    if ("lost" in written) return written.lost === seen ? "seen" : "lost";
    return newRun(id, record, written.versions.at(-1)!);
  }

  /** Writes down that a command that must not run twice begins. False: another replica has the run. */
  begin(run: Run): Promise<boolean> {
    return this.#update(run, { ...run.record, state: "begun" });
  }

  /** Writes down that a stream waits for people, or no longer does. False: another replica has the run. */
  wait(run: Run, waits: boolean): Promise<boolean> {
    return this.#update(run, { ...run.record, state: waits ? "waiting" : "accepted" });
  }

  /** Takes a run from a replica that is gone. `takes` asks for its death. */
  async claim(run: Run, takes: readonly Change[]): Promise<boolean> {
    return this.#update(run, { ...run.record, holder: this.#holder() }, takes);
  }

  /** Counts that a run which was cut is begun once more: should this end the process, it is known. False: as for `begin`. */
  async retry(run: Run): Promise<boolean> {
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
    return this.#settled(changes, async () => ((await this.#store.get(key)) ? [0] : undefined));
  }

  /** The result: the run is over, and what is said last is in the store. False: another replica has the run. */
  async finish(
    run: Run,
    others: readonly Change[],
    tries: Pick<SettleOptions, "patience"> = {},
  ): Promise<boolean> {
    const changes: Change[] = [
      { key: runKey(run.id), version: run.version },
      ...[...run.keys].map((key) => ({ key })),
      ...others,
    ];
    // What was said is there only if this write was made: nobody else sends it before it is pushed here.
    const [said] = others;
    const mine = async () => (said && (await this.#store.get(said.key)) ? [0] : undefined);
    return this.#settled(changes, mine, tries);
  }

  /** The run of an entry, with all that it did. */
  async load({ key, value, version }: Entry): Promise<Run> {
    const run = newRun(key.slice(RUN.length), value as unknown as RunRecord, version);
    for await (const entry of this.#store.list(`log/${run.id}/`)) {
      run.log.push(entry.value as unknown as LogEntry);
      run.keys.add(entry.key);
    }
    for await (const entry of this.#store.list(`answer/${run.id}/`)) {
      run.answers.set(Number(entry.key.slice(entry.key.lastIndexOf("/") + 1)), String(entry.value));
      run.keys.add(entry.key);
    }
    for await (const { key } of this.#store.list(`ask/${run.id}/`)) run.keys.add(key);
    return run;
  }

  /** All runs, of all replicas, in the order in which they were accepted. */
  list(): AsyncIterable<Entry> {
    return this.#store.list(RUN);
  }

  async #update(run: Run, record: RunRecord, others: readonly Change[] = []): Promise<boolean> {
    const key = runKey(run.id);
    const changes = [{ key, value: record as unknown as Json, version: run.version }, ...others];
    const mine = async () => {
      const entry = await this.#store.get(key);
      const now = entry?.value as unknown as RunRecord | undefined;
      return now?.holder === record.holder && now.state === record.state ? [entry!.version] : undefined;
    };
    const written = await settle(this.#store, changes, { mine });
    if ("lost" in written) return false;
    run.record = record;
    run.version = written.versions[0]!;
    return true;
  }

  async #settled(
    changes: readonly Change[],
    mine: () => Promise<readonly number[] | undefined>,
    tries: Pick<SettleOptions, "patience"> = {},
  ): Promise<boolean> {
    return "versions" in (await settle(this.#store, changes, { ...tries, mine }));
  }
}

const RUN = "run/";

function runKey(id: string): string {
  return `${RUN}${id}`;
}

function newRun(id: string, record: RunRecord, version: number): Run {
  return { id, record, version, log: [], answers: new Map(), keys: new Set() };
}

/** Whether it only waited for a person: then it ended no process. */
function isAsking({ record, log, answers }: Run): boolean {
  if (record.state === "waiting") return true;
  return log.filter(({ kind }) => kind === "ask").length > answers.size;
}

async function seenKey({ id, from }: Event): Promise<string> {
  return `seen/${from.input}/${await keyName(id)}`;
}
