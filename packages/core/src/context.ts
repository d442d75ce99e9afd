import type { Address } from "./address.ts";
import type { Command } from "./command.ts";
import type { Event, Receipt, Reply } from "./event.ts";
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
  /** Says something anywhere, through the same streams as a reply. */
  send(to: Address | string, reply: Reply): Promise<Receipt>;
  readonly commands: CommandList;
  /** Where services are listed. To call one: `clientOf(ctx.registry)` of `@micro-bot/micro`. */
  readonly registry: Registry;
  /** How every part of the bot is doing. */
  status(): readonly Status[];
}

/** The commands there are. */
export interface CommandList {
  /** All, sorted by name. */
  list(): readonly Command[];
  /** The one that a text would run. */
  match(text: string): Command | undefined;
}
