import type { Json } from "@micro-bot/core";
import type { LogEntry } from "../state/journal.ts";

type Entry<Kind extends LogEntry["kind"]> = Extract<LogEntry, { kind: Kind }>;

/** A question of a run: its place among the run's questions, and what the log has of it. */
export interface Asked {
  readonly index: number;
  readonly entry: Entry<"ask"> | undefined;
}

/**
 * What a run that is run again has done already. Pure: the log goes in, and for each step of the command it says
 * whether the step was done and what came of it. Steps are counted by kind.
 */
export class Replay {
  readonly #log: readonly LogEntry[];
  #replies = 0;
  #asks = 0;
  #laters = 0;

  /** The log as it was when the run began here. */
  constructor(log: readonly LogEntry[]) {
    this.#log = [...log];
  }

  /** Whether the next thing to say was said. */
  reply(): boolean {
    return this.#of("reply").length > this.#replies++;
  }

  ask(): Asked {
    const index = this.#asks++;
    return { index, entry: this.#of("ask")[index] };
  }

  /** The job that was made, if it was. */
  later(): Json | undefined {
    return this.#of("later")[this.#laters++]?.job;
  }

  /** What a side effect resulted in; `cut`: it was begun, and nobody knows how it ended. */
  once(name: string): { readonly value: Json } | "cut" | undefined {
    const result = this.#of("result").find((entry) => entry.name === name);
    if (result) return { value: result.value };
    return this.#of("once").some((entry) => entry.name === name) ? "cut" : undefined;
  }

  #of<Kind extends LogEntry["kind"]>(kind: Kind): Entry<Kind>[] {
    return this.#log.filter((entry): entry is Entry<Kind> => entry.kind === kind);
  }
}
