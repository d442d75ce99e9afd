import type { Address } from "./address.ts";
import type { Command } from "./command.ts";
import type { Event, Receipt, Reply } from "./event.ts";
import type { Job, Jobs, When } from "./job.ts";
import type { Json } from "./json.ts";
import type { Memories } from "./memory.ts";
import type { Log, Status } from "./plugin.ts";
import type { Registry } from "./registry.ts";

/** What a command may use while it runs. */
export interface Context {
  /** Names this run in logs, errors and audit. */
  readonly id: string;
  readonly event: Event;
  /** Who asked: `event.from`. */
  readonly person: Address;
  /** All that was typed after the command's own word, with its spaces. */
  readonly rest: string;
  readonly log: Log;
  /** Aborts on timeout, cancel and shutdown; `signal.reason` is a `BotError` that says which. */
  readonly signal: AbortSignal;
  /**
   * A reply before the last one. Resolves when the network took it; its receipt's id may be given as `edit` to
   * replace it, which is how progress is shown in one place.
   */
  reply(reply: Reply): Promise<Receipt>;
  /** Characters of one reply, all its pages together; the rest is cut, so that more need not be made. */
  readonly maxReply: number;
  /** Says something anywhere, through the same streams as a reply. */
  send(to: Address | string, reply: Reply): Promise<Receipt>;
  /**
   * Asks the person who spoke, where they spoke, and resolves with what they answer there; no mention is needed. While
   * it waits, nobody is held up and the command's own time stands still. With `choices` the answer is one of them, as
   * given here. Rejects with `timeout`, or with `cancelled` when they say `cancel`.
   */
  ask(question: Reply, options?: AskOptions): Promise<string>;
  /** Says the next page of what was too long for one reply here. False: there is none for this person. */
  more(): Promise<boolean>;
  /** Each line costs time where this is answered: a list that can be said in few lines is. */
  readonly terse: boolean;
  /** Has a text run later, as this person. The job's id is what `cancel job` takes. */
  later(when: When | Date, text: string): Promise<Job>;
  readonly jobs: Jobs;
  /**
   * A side effect that a rerun must not repeat: its result is kept, and given again. Names are unique in one run.
   * When a crash cuts it, its outcome is not known: the run ends then, and its person is told so. `key` is the same in
   * every rerun: services that know idempotency keys may be given it.
   */
  once<T extends Json>(name: string, effect: (key: string) => T | Promise<T>): Promise<T>;
  readonly memory: Memories;
  readonly commands: CommandList;
  /** Where services are listed. To call one: `clientOf(ctx.registry)` of `@micro-bot/micro`. */
  readonly registry: Registry;
  /** How every part of the bot is doing. */
  status(): readonly Status[];
}

export interface AskOptions {
  /** Offered answers: buttons where the network has them, words elsewhere. Letter case does not matter. */
  readonly choices?: readonly string[];
  /** How long to wait, in milliseconds. Default: the flag `ask_timeout`. */
  readonly timeout?: number;
}

/** The commands that this person may run here. */
export interface CommandList {
  /** All, sorted by name. */
  list(): readonly Command[];
  /** The one that a text would run. */
  match(text: string): Command | undefined;
}
