import {
  BotError,
  type Change,
  codeOf,
  type Entry,
  type Event,
  type Job,
  type Jobs,
  type Json,
  type Log,
  messageOf,
  type Store,
  type When,
} from "@micro-bot/core";
import { whoOf } from "../line/who.ts";
import { isJob } from "./kinds.ts";
import { checkWhen, nextRun } from "./schedule.ts";

/** Time, for tests. */
export interface Clock {
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface SchedulerOptions {
  readonly store: Store;
  readonly log: Log;
  readonly clock?: Clock;
  /** How late a job may still run, in milliseconds. */
  readonly grace: number;
  /** Keeps the event as a run, and makes the changes, in one write. False: somebody else made them first. */
  accept(event: Event, changes: readonly Change[]): Promise<boolean>;
  /** Tells the job's person that it was missed, and makes the changes, in one write. False: somebody else did. */
  missed(job: Job, event: Event, at: number, changes: readonly Change[]): Promise<boolean>;
}

/** A job with what it needs to be said again: who asked, where, and how to answer. */
interface Kept extends Job {
  readonly event: Event;
  /** Whose it is: see `Who.person`. */
  readonly owner: string;
}

/** The longest sleep: the clock may be set, another bot may add a job, and long timers of Node fire at once. */
const LOOK = 60_000;
/** After the store failed. */
const PAUSE = 2000;
/** Due jobs of one look. */
const BATCH = 100;
/** Jobs that one person may have. */
const MOST = 100;
/** Letters that nobody mistakes for another. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const LETTERS_IN_ID = 5;

const SYSTEM: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/**
 * Jobs in the store. `due/TIME/ID` says when which one runs, so that a look reads only those; a run and the job's next
 * time are one write that asks for the job's version, so that of several bots exactly one runs it.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  #timer: unknown;
  #looking = false;
  #again = false;
  #over = false;
  #failed = false;
  #whole = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM;
  }

  /** Runs what is due until the signal aborts. */
  start(signal: AbortSignal): void {
    const end = () => {
      this.#over = true;
      this.#clock.clearTimeout(this.#timer);
    };
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    else this.wake();
  }

  /** Looks whether each job has its time: one whose row in `due/` was put aside would never run. */
  mend(): void {
    this.#whole = false;
    this.wake();
  }

  /** Looks now: a job was added. */
  wake(): void {
    this.#again = true;
    if (!this.#looking) void this.#look();
  }

  /** A new job, and what puts it into the store. Throws `invalid` for a time that cannot be, `limited` for one too many. */
  async plan(event: Event, when: When | Date, text: string): Promise<{ job: Job; changes: Change[] }> {
    const made = this.#clock.now();
    const exact = when instanceof Date ? { at: when.getTime() } : when;
    checkWhen(exact, made);
    if (typeof text !== "string" || text.trim() === "")
      throw new BotError("invalid", "there is nothing to run: write a command behind the time");
    const owner = whoOf(event).person;
    let count = 0;
    for await (const job of this.#all()) if (job.owner === owner) count++;
    if (count >= MOST)
      throw new BotError(
        "limited",
        `you have ${count} jobs, and I keep ${MOST} for one person: cancel one first`,
      );
    const next = nextRun(exact, made, made)!;
    let id = newJobId();
    while (await this.#options.store.get(jobKey(id))) id = newJobId();
    const job: Job = { id, text, when: exact, next, person: event.from, made };
    const kept: Kept = { ...job, event, owner };
    return { job, changes: [putJob(kept, 0), { key: dueKey(job), value: job.id }] };
  }

  jobsOf(event: Event): Jobs {
    const owner = whoOf(event).person;
    const { input, room } = event.from;
    const shown = (job: Kept) =>
      job.owner === owner || (job.event.from.input === input && job.event.from.room === room);
    const find = async (id: string) => {
      const entry = await this.#options.store.get(jobKey(id.toLowerCase()));
      const job = keptOf(entry);
      return job && { job, version: entry!.version };
    };
    return {
      list: async () => {
        const jobs: Kept[] = [];
        for await (const job of this.#all()) if (shown(job)) jobs.push(job);
        return jobs.sort((a, b) => a.next - b.next).map(plain);
      },
      get: async (id) => {
        const found = await find(id);
        return found && shown(found.job) ? plain(found.job) : undefined;
      },
      cancel: async (id, { anyones = false } = {}) => {
        while (true) {
          const found = await find(id);
          if (!found || !(anyones || shown(found.job))) return false;
          if (!anyones && found.job.owner !== owner)
            throw new BotError(
              "denied",
              `job ${found.job.id} is not yours: its owner or an operator may cancel it`,
            );
          if (await this.#removed(found.job, found.version)) return true;
        }
      },
    };
  }

  /** False: it ran just now, and has another time. */
  async #removed(job: Kept, version: number): Promise<boolean> {
    try {
      await this.#options.store.write([{ key: jobKey(job.id), version }, { key: dueKey(job) }]);
      return true;
    } catch (error) {
      if (codeOf(error) === "conflict") return false;
      throw error;
    }
  }

  async *#all(): AsyncIterable<Kept> {
    for await (const entry of this.#options.store.list(JOB)) {
      const job = keptOf(entry);
      if (job) yield job;
    }
  }

  async #look(): Promise<void> {
    this.#looking = true;
    let next = PAUSE;
    try {
      while (this.#again && !this.#over) {
        this.#again = false;
        if (!this.#whole) await this.#mend();
        next = await this.#due();
      }
      this.#failed = false;
    } catch (error) {
      if (!this.#failed && codeOf(error) !== "closed")
        this.#options.log.error({ err: error }, `jobs cannot be looked at: ${messageOf(error)}`);
      this.#failed = true;
    }
    this.#looking = false;
    if (this.#over) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.wake(), next);
  }

  async #mend(): Promise<void> {
    const { store } = this.#options;
    this.#whole = true;
    try {
      for await (const job of this.#all()) if (!(await store.get(dueKey(job)))) await this.#putDue(job);
    } catch (error) {
      this.#whole = false;
      throw error;
    }
  }

  async #putDue(job: Kept): Promise<void> {
    const { store } = this.#options;
    const entry = await store.get(jobKey(job.id));
    const now = keptOf(entry);
    if (!now || dueKey(now) !== dueKey(job)) return;
    const change = { key: dueKey(job), value: job.id, version: 0 };
    await this.#unlessChanged([change, { key: jobKey(job.id), version: entry!.version, keep: true }]);
  }

  async #unlessChanged(changes: readonly Change[]): Promise<void> {
    await this.#options.store.write(changes).catch((error) => {
      if (codeOf(error) !== "conflict") throw error;
    });
  }

  /** Runs what is due. How long to sleep then, in milliseconds. */
  async #due(): Promise<number> {
    const due: Entry[] = [];
    for await (const entry of this.#options.store.list(DUE, { limit: BATCH })) {
      const left = timeOf(entry.key) - this.#clock.now();
      if (left > 0) {
        if (due.length === 0) return Math.min(left, LOOK);
        break;
      }
      due.push(entry);
    }
    if (due.length === 0) return LOOK;
    for (const entry of due) await this.#run(entry);
    this.#again = true;
    return 0;
  }

  async #run({ key, value, version }: Entry): Promise<void> {
    const { store, log, grace } = this.#options;
    const entry = await store.get(jobKey(String(value)));
    const job = keptOf(entry);
    // A newer bot may know what to do with it: only its time is forgotten.
    if (entry && !job) log.error({ job: value }, `job ${value} cannot be run: its record cannot be read`);
    if (!entry || !job || dueKey(job) !== key) return this.#forget(key, version);
    // It was due when it was looked at, though the clock may have been set back since.
    const now = Math.max(this.#clock.now(), job.next);
    try {
      // However many runs were missed, it runs once.
      const next = nextRun(job.when, now, job.made);
      const changes = [...moved(job, next, entry.version), { key }];
      const event = eventOf(job);
      const taken = isDue(job, now, grace)
        ? await this.#options.accept(event, changes)
        : await this.#options.missed(plain(job), job.event, job.next, changes);
      if (taken) log.info({ job: job.id, late_ms: now - job.next }, `job ${job.id} is due`);
    } catch (error) {
      if (codeOf(error) !== "invalid") throw error;
      log.error(
        { job: job.id, err: error },
        `job ${job.id} cannot be run and is dropped: ${messageOf(error)}`,
      );
      await store.write([{ key: jobKey(job.id) }, { key }]);
    }
  }

  async #forget(key: string, version: number): Promise<void> {
    await this.#unlessChanged([{ key, version }]);
  }
}

const JOB = "job/";
const DUE = "due/";
const DIGITS = 15;

function jobKey(id: string): string {
  return `${JOB}${id}`;
}

function dueKey({ next, id }: Job): string {
  return `${DUE}${String(Math.max(0, Math.round(next))).padStart(DIGITS, "0")}/${id}`;
}

function timeOf(key: string): number {
  return Number(key.slice(DUE.length, DUE.length + DIGITS));
}

/** The job in an entry, if it is one. */
function keptOf(entry: Entry | undefined): Kept | undefined {
  return entry && isJob(entry.value, entry.key) ? (entry.value as unknown as Kept) : undefined;
}

function putJob(job: Kept, version: number): Change {
  return { key: jobKey(job.id), value: job as unknown as Json, version };
}

/** The job at its next run, or gone. */
function moved(job: Kept, next: number | undefined, version: number): Change[] {
  if (next === undefined) return [{ key: jobKey(job.id), version }];
  const later = { ...job, next };
  return [putJob(later, version), { key: dueKey(later), value: job.id }];
}

/** Whether a run that is not too late lies behind: its first, or a later one that was missed as well. */
function isDue({ when, next, made }: Kept, now: number, grace: number): boolean {
  return now - next <= grace || (nextRun(when, now - grace, made) ?? Infinity) <= now;
}

/** What is said when it runs: as its person said it, then. */
function eventOf({ id, next, text, event }: Kept): Event {
  const { from, to, assurance, meta } = event;
  // Rules go by what a room is called; the message was another one.
  const { message: _, ...names } = event.names ?? {};
  return {
    id: `job ${id} ${next}`,
    type: "text",
    from,
    to,
    assurance,
    meta,
    names,
    data: text,
    addressed: true,
    time: next,
  };
}

function plain({ id, text, when, next, person, made }: Kept): Job {
  return { id, text, when, next, person, made };
}

function newJobId(): string {
  return Array.from(
    { length: LETTERS_IN_ID },
    () => LETTERS[Math.floor(Math.random() * LETTERS.length)],
  ).join("");
}
