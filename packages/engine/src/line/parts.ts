import type { Address, Change, Context, Event, Log, Receipt, Reply, Store } from "@micro-bot/core";
import type { Manner, Sent } from "../out/outbox.ts";
import type { Parcel } from "../out/sender.ts";
import type { Run, Runs } from "../state/journal.ts";
import type { Questions } from "../state/questions.ts";
import type { Scheduler } from "../state/scheduler.ts";

/** A message that has passed the streams on its way out. */
export interface Prepared {
  /** Absent: a stream kept it, or answered for the network. */
  readonly parcel?: Parcel & { readonly key: string };
  /** Resolves when the network took it. */
  readonly sent: Promise<Receipt>;
}

/** What a turn needs of the bot. */
export interface TurnBot {
  readonly log: Log;
  readonly registry: Context["registry"];
  readonly store: Store;
  /** The part of the store under a prefix, as a command reads it that is named so. */
  part(prefix: string, command: string): Store;
  /** Where runs and unsent replies are. */
  readonly journal: Store;
  readonly runs: Runs;
  readonly questions: Questions;
  /** Whether a stream named `access` decides who may run what. Without one, operators' commands are refused. */
  readonly guarded: boolean;
  readonly hint: boolean;
  /** Whether anybody is there whom a command can wait for. */
  readonly dialogs: boolean;
  /** Milliseconds a command may take. */
  readonly timeout: number;
  /** Milliseconds a question waits. */
  readonly askTimeout: number;
  /** Characters of one reply. */
  readonly maxReply: number;
  /**
   * Says something now: resolves when the network took it. With a run, it is in the run's log. What is too long for one
   * reply waits for the reader's `more`, or for anybody's there.
   */
  say(event: Event, run?: Run, manner?: Manner): Promise<Receipt>;
  /** Says the next page of what was too long here, in the run of whoever asks. Undefined: there is none. */
  more(event: Event, run: Run, manner?: Manner): Promise<Sent | undefined>;
  /** Whether lines cost time on an input. */
  terse(input: string): boolean;
  /** Says something without the store, which does not work. */
  tell(event: Event, text: string): Promise<unknown>;
  /** Takes a message through the streams, up to the point where it must be stored and pushed. */
  prepare(event: Event, manner?: Manner): Promise<Prepared>;
  changesOf(parcel: NonNullable<Prepared["parcel"]>): readonly Change[];
  push(parcel: NonNullable<Prepared["parcel"]>): void;
  /** The event that a reply goes out as. */
  replyTo(event: Event, reply: Reply): Event;
  eventTo(to: Address | string, reply: Reply): Event;
  /** The commands that an event's person may run there. */
  commands(event: Event): Context["commands"];
  /** Notes what a person was answered. */
  answered(event: Event, reply: Reply): void;
  status: Context["status"];
  /** Stops what runs for this event's person in this room, or is still being said. What is to be told besides, if anything. */
  cancel(event: Event): string | undefined;
  /** Whether nothing new is taken any more. */
  closing(): boolean;
  /** Loaded when it is first used. */
  scheduler(): Promise<Scheduler>;
}
