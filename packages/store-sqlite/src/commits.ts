import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { fault, isBusy } from "./faults.ts";
import type { RowChange, Rows } from "./rows.ts";

/** How long a write waits for another process that is writing, in milliseconds. */
const PATIENCE = 10_000;
const PAUSE = 25;
/** Rows removed with a commit at least; more when more is written, so that removing keeps up with writing. */
const SWEEP = 64;

interface Waiting {
  readonly changes: readonly RowChange[];
  settle(outcome: Outcome): void;
}

/** The versions written, or why nothing was. */
type Outcome = { readonly versions: readonly number[] } | { readonly error: unknown };

/** Writes that came in one turn of the loop share a transaction, and so its one sync of the disk. */
export interface Commits {
  write(changes: readonly RowChange[]): Promise<readonly number[]>;
  /** Resolves when no write is waiting. */
  idle(): Promise<void>;
}

export interface CommitOptions {
  readonly path: string;
  /** Throws when the file must not be written any more. */
  check(): void;
  /** Called after each commit. */
  committed(): void;
}

export function commitsOf(db: DatabaseSync, rows: Rows, { path, check, committed }: CommitOptions): Commits {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await nextTurn();
      const error = await lock();
      // Nothing is awaited from here until the transaction is over: no reader of this handle sees a half of it.
      const group = waiting;
      waiting = [];
      finish(group, error ? group.map(() => ({ error })) : attempt(group));
    }
    running = undefined;
  }

  async function lock(): Promise<unknown> {
    const until = performance.now() + PATIENCE;
    for (;;) {
      try {
        begin.run();
        return undefined;
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) return fault("failed", path, error);
      }
      await delay(PAUSE);
    }
  }

  /** What each write of the group is told: with versions it is safe on the disk. */
  function attempt(group: readonly Waiting[]): Outcome[] {
    try {
      check();
      const outcomes = group.map(({ changes }) => applyOne(changes));
      rows.sweep(Math.max(SWEEP, 2 * group.reduce((sum, { changes }) => sum + changes.length, 0)));
      // When nothing was changed it writes and syncs nothing.
      commit.run();
      return outcomes;
    } catch (error) {
      rollBack();
      // Also those in conflict: they may have lost to a write that did not happen.
      return group.map(() => ({ error: fault("failed", path, error) }));
    }
  }

  function applyOne(changes: readonly RowChange[]): Outcome {
    const error = rows.objection(changes);
    return error ? { error } : { versions: rows.apply(changes) };
  }

  function rollBack(): void {
    try {
      db.exec("ROLLBACK");
    } catch {
      // SQLite has done it already: it does after a full disk.
    }
  }

  function finish(group: readonly Waiting[], outcomes: readonly Outcome[]): void {
    for (const [i, { settle }] of group.entries()) settle(outcomes[i]!);
    committed();
  }

  return {
    write(changes) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
      const settle = (outcome: Outcome) =>
        "error" in outcome ? reject(outcome.error) : resolve(outcome.versions);
      waiting.push({ changes, settle });
      running ??= run();
      return promise;
    },
    async idle() {
      await running;
    },
  };
}
