import type { Random } from "../soak/random.ts";

/** A peer that a real input talks to, and that says what nobody should. */
export interface Peer {
  /** Values of the input's flags that lead to it. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Says one frame that was changed. Resolves when more may be said. */
  mutate(random: Random): void | Promise<void>;
  /** Says something as it should be. Twice is safe: what was lost with its connection is said again. */
  say(text: string): void | Promise<void>;
  stop(): Promise<void>;
}

/** What an input is tried with. */
export interface Target {
  readonly name: string;
  /** What is changed, in a few words. */
  readonly about: string;
  /** The input's name: its package is `input-NAME`. */
  readonly input: string;
  /** Frames between two that are as they should be, which the input must hear. */
  readonly batch: number;
  start(): Promise<Peer>;
}
