import type { Event, Receipt } from "./event.ts";
import type { Flag } from "./flag.ts";
import type { Plugin, PluginContext } from "./plugin.ts";
import { type Plugins, shared } from "./shared.ts";

/**
 * One chat network. The engine calls `init` once, then `start`, then `stream` for each connection, then `stop`.
 * Do not confuse `stream()`, which connects (the Go bot's word), with `Stream`, the plugin kind that sees all traffic.
 */
export interface Input extends Plugin {
  /** Lower case; also the first word of its addresses. */
  readonly name: string;
  flags(): readonly Flag[];
  /** A wrong or missing value throws `config` that names the flag. No I/O. */
  init(ctx: PluginContext): void;
  /** Prepares; loads heavy libraries. May be called again after `stop`. */
  start(): Promise<void>;
  /**
   * Connects and resolves when messages flow. Called again, with the engine's backoff, after each lost connection.
   * Rejects when it cannot connect; it neither sleeps nor retries by itself. Told by the network to wait, it rejects with
   * `limited` and `detail.retryAfter`, in milliseconds, which the engine obeys; so does `start`.
   */
  stream(): Promise<Conn>;
  /** Ends connections and forgets what `start` prepared. Twice is safe. */
  stop(): Promise<void>;
  /**
   * One person at a time speaks here (a pipe): the engine asks for the next event only when the last one is
   * answered, and sets no rate.
   */
  readonly sequential?: boolean;
  /**
   * The network bears one connection of this bot (one nick, one mailbox). Of several bots on one store only the one
   * that holds this input's lease connects; another takes over when it is gone.
   */
  readonly single?: boolean;
  /**
   * Whether all of a message goes out as one reply. Of one that does not, the engine sends the beginning, and keeps the
   * rest for `more`; so `Conn.send` need leave nothing out. No I/O, and quick: it is asked some 20 times for one long
   * text. Without it everything fits.
   */
  fits?(event: Event): boolean;
  /** Each line costs time or patience here: commands are told by `Context.terse`. */
  readonly terse?: boolean;
}

/** One connection to a network. */
export interface Conn {
  /** Blocks until there is an event. Rejects with `not_connected` (connect again) or `closed` (the end). */
  recv(): Promise<Event>;
  /**
   * The engine has the event safe: only now tell the network so. Called once for every event that `recv` gave, unless it
   * could not be kept: then the network should deliver it again.
   */
  ack?(event: Event): Promise<void>;
  /**
   * Resolves when the network took the message; rejects when it did not; never resolves on a guess. One try.
   * `not_connected`: not taken, as there is no connection. `limited`: not taken, try after `detail.retryAfter`.
   * `timeout`: it may have been taken or not. Any other code: it will never be taken, and is dropped. When `over` aborts,
   * nobody waits for the message any more: parts of it that were not sent yet are left out, where that is possible.
   */
  send(event: Event, over?: AbortSignal): Promise<Receipt>;
  /**
   * Looks on the network for a message whose fate is not known (a crash, a `timeout`), by its event's `id`. Resolves with its receipt,
   * or with undefined when it is not there and may be sent again. Without this such a message is sent again.
   */
  find?(event: Event): Promise<Receipt | undefined>;
  /** Settles a pending `recv` with `closed`. Twice is safe. */
  close(): Promise<void>;
}

/** Inputs by name. */
export const inputs: Plugins<Input> = shared<Input>("inputs");
