import type { Address } from "./address.ts";
import type { Command } from "./command.ts";
import type { ErrorCode } from "./errors.ts";
import type { Event, Receipt, Reply } from "./event.ts";
import type { Json } from "./json.ts";
import type { Log, Plugin, Status } from "./plugin.ts";
import type { Registry } from "./registry.ts";
import { type Plugins, shared } from "./shared.ts";
import type { Change } from "./store.ts";

/** What an event turned out to be. */
export type Match =
  | {
      readonly kind: "command";
      readonly pattern: string;
      readonly command: Command;
      readonly args: readonly string[];
    }
  /** The answer to a question that a command of theirs waits with: its run, and which of the run's questions it is. */
  | { readonly kind: "answer"; readonly run: string; readonly index: number; readonly answer: string }
  /** `cancel`: stop what runs for this person in this room. */
  | { readonly kind: "cancel" }
  /** Said to the bot, but no command; `nearest` is a command of nearly that name. */
  | { readonly kind: "unknown"; readonly nearest?: Command }
  /** Said to the bot and not taken, by a limit or for letters that look like others. */
  | { readonly kind: "refused"; readonly why: string }
  /** A run that a crash cut: nobody knows how far it came, and it is not run again. */
  | { readonly kind: "interrupted"; readonly why: string }
  /** Not said to the bot, or not text. */
  | { readonly kind: "none" };

/** How a turn ended. */
export type Outcome =
  | { readonly state: "done" }
  | { readonly state: "failed"; readonly code: ErrorCode; readonly message: string };

/** One event on its way through the bot. */
export interface Turn {
  /** Names this turn in logs, errors and audit. */
  readonly id: string;
  readonly event: Event;
  readonly match: Match;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Known once `next()` has resolved; absent when nothing was run. */
  readonly outcome?: Outcome;
  /** What streams noted of this turn, for those that keep a record: the rule that decided, who approved. */
  readonly notes: Readonly<Record<string, Json>>;
  note(name: string, value: Json): void;
  /**
   * Has `entry` written down by the stream's `seal` in one write with the next that this turn makes: the start of a
   * command that must not run twice, a step, or its end. So what is begun or ended is recorded, or neither is. False:
   * nothing of this turn is kept, or not in the bot's store, and the stream must write by itself.
   */
  join?(stream: Stream, entry: Json): boolean;
  /** Answers the event, whether or not `next` is called. */
  reply(reply: Reply): Promise<Receipt>;
  /** Says something anywhere else, through the same streams as a reply. */
  send(to: Address | string, reply: Reply): Promise<Receipt>;
  /**
   * Waits for people, as an approval does: nobody is held up, and the turn's own time stands still. The work's signal
   * aborts on cancel and shutdown. After a crash, or when the bot ends meanwhile, the turn passes the streams again
   * from the first, with the same id: the work must know from its store how far it was. Before `next`, not after.
   */
  wait<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/**
 * What sees all traffic. Streams run in the order of the link file, each around the next.
 * One that throws stops the turn: the command does not run, and the person gets an error with an id that is in the log.
 */
export interface Stream extends Plugin {
  readonly name: string;
  /** Around everything that comes in. Not calling `next` stops the turn there. Calling it twice is an error. */
  receive?(turn: Turn, next: () => Promise<void>): Promise<void>;
  /**
   * Whether this event's person may run the command there; help, completion and 'did you mean' show nothing else. For
   * an event that has passed `receive`, or whose person is asked about before they speak (completion). No I/O.
   */
  may?(command: Command, event: Event): boolean;
  /** Around everything that goes out. `next` may be given a changed event. */
  send?(event: Event, next: (event?: Event) => Promise<Receipt>): Promise<Receipt>;
  /**
   * What keeps the entries that `join` was given, in order, those of several turns at once. Until the seal is told how
   * it ended, no other is asked for. It rejects when they cannot be kept; then what they joined is not done either.
   */
  seal?(entries: readonly Json[]): Promise<Seal>;
  /** Keeps a record of what happened outside of any turn: rules that are others now. Rejects when it cannot. */
  record?(what: string, text: string): Promise<void>;
  /**
   * Beside the line: reads the events of all inputs and yields events to send to any address. It has a bounded
   * buffer of its own (the oldest are dropped and counted), is started again with backoff when it throws, and can
   * neither slow nor stop the bot. One that only watches returns a promise instead.
   */
  follow?(events: AsyncIterable<Event>, ctx: FollowContext): AsyncIterable<Event> | Promise<void>;
}

/** What a stream adds to a write of the engine's, in its own part of the store. */
export interface Seal {
  readonly changes: readonly Change[];
  /** All of it was written; the versions that `changes` were given. */
  written(versions: readonly number[]): void;
  /** Nothing was written, or nobody knows: a `conflict` may be about these changes, and then the stream is asked again. */
  failed(error: unknown): void;
}

/** What a follower may use while the bot runs. */
export interface FollowContext {
  readonly log: Log;
  /** Aborts when the bot stops. */
  readonly signal: AbortSignal;
  /** The live map: a command put here is matched, listed and governed like any other. */
  readonly commands: Plugins<Command>;
  /** The command that a text would run now. */
  match(text: string): Command | undefined;
  readonly registry: Registry;
  /** How every part of the bot is doing. */
  status(): readonly Status[];
  send(to: Address | string, reply: Reply): Promise<Receipt>;
  /** Has the streams that keep a record write down something that happened outside of any turn. */
  record(what: string, text: string): Promise<void>;
}

/** Streams by name, in order. */
export const streams: Plugins<Stream> = shared<Stream>("streams");
