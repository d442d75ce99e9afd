import type { Context, Log, Store, Values } from "@micro-bot/core";
import type { flags } from "../flags.ts";
import type { Outbox } from "../out/outbox.ts";
import type { Journal } from "../state/journal.ts";
import type { Questions } from "../state/questions.ts";
import type { Scheduler } from "../state/scheduler.ts";
import type { BotLoops } from "./bot-loop.ts";
import type { Commands } from "./commands.ts";

/** The rooms of the house that a turn passes through. */
export interface Parts {
  readonly settings: Values<typeof flags>;
  readonly log: Log;
  readonly commands: Commands;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly questions: Questions;
  readonly botLoops: BotLoops;
  readonly tools: Tools;
}

/** What a command may use besides. */
export interface Tools extends Pick<Context, "registry" | "status"> {
  /** Whether anybody is there whom a command can wait for. */
  readonly dialogs: boolean;
  /** Whether lines cost time on an input. */
  terse(input: string): boolean;
  /** The part of the store under a prefix, as a command reads it that is named so. */
  part(prefix: string, command: string): Store;
  /** Loaded when it is first used. */
  scheduler(): Promise<Scheduler>;
}
