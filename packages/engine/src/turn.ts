import {
  type Address,
  BotError,
  type Command,
  type Context,
  codeOf,
  contentOf,
  type Event,
  type Log,
  type Match,
  messageOf,
  type Outcome,
  type Receipt,
  type Reply,
  type Turn,
} from "@micro-bot/core";
import { span } from "./text.ts";

/** After a turn was stopped, how long the streams around it may take to end, in milliseconds. */
const GRACE = 1000;

type CommandMatch = Extract<Match, { kind: "command" }>;

/** What a turn needs of the bot. */
export interface TurnBot {
  readonly log: Log;
  readonly registry: Context["registry"];
  /** Whether a stream named `access` decides who may run what. Without one, operators' commands are refused. */
  readonly guarded: boolean;
  readonly hint: boolean;
  /** Milliseconds a command may take. */
  readonly timeout: number;
  reply(event: Event, reply: Reply): Promise<Receipt>;
  send(to: Address | string, reply: Reply): Promise<Receipt>;
  commands(person: Address): Context["commands"];
  status: Context["status"];
  /** Stops what runs for this event's person in this room. */
  cancel(event: Event): boolean;
}

/** One event on its way: what streams see of it, and the running of its command. */
export class LiveTurn implements Turn {
  readonly id: string;
  readonly event: Event;
  readonly match: Match;
  readonly log: Log;
  readonly #bot: TurnBot;
  readonly #stopping = new AbortController();
  readonly #replies = new Set<Promise<unknown>>();
  #over = false;
  outcome?: Outcome;

  constructor(id: string, event: Event, match: Match, bot: TurnBot) {
    this.id = id;
    this.event = event;
    this.match = match;
    this.log = bot.log;
    this.#bot = bot;
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Stops the command that runs, or will run. Its person is told why. */
  stop(why: BotError): void {
    this.#stopping.abort(why);
  }

  reply(reply: Reply): Promise<Receipt> {
    const sent = this.#bot.reply(this.event, reply);
    // Not every caller waits for its receipt; a loss is in the log, and must not end the process.
    const noted = sent.catch((error) =>
      this.log.warn({ run: this.id, to: this.event.from }, `a reply was not sent: ${messageOf(error)}`),
    );
    this.#replies.add(noted);
    void noted.finally(() => this.#replies.delete(noted));
    return sent;
  }

  /** Resolves when the networks took all replies, or refused them. */
  async replied(): Promise<void> {
    await Promise.all(this.#replies);
  }

  /** Goes through the streams to its command, within its time. What breaks on the way is told to its person. */
  async through(streams: (turn: LiveTurn) => Promise<void>): Promise<void> {
    const over = new AbortController();
    const chain = streams(this);
    chain.catch(() => undefined);
    const limit = (this.match.kind === "command" && this.match.command.timeout) || this.#bot.timeout;
    const timer = setTimeout(() => this.stop(this.#overdue(limit)), limit);
    try {
      await Promise.race([chain, this.#givenUp(over.signal)]);
    } catch (error) {
      await this.#broke(error);
    } finally {
      clearTimeout(timer);
      over.abort();
      this.#over = true;
    }
  }

  /** The middle of the onion: does what the match asks for. */
  async run(): Promise<void> {
    // A stream that held it for too long lets go: its person was told that it was not done.
    if (this.#over) throw this.signal.reason;
    switch (this.match.kind) {
      case "command":
        return this.#command(this.match);
      case "cancel":
        return this.#say(this.#bot.cancel(this.event) ? undefined : "nothing of yours is running here");
      case "unknown":
        this.outcome = { state: "failed", code: "not_found", message: "no such command" };
        return this.#bot.hint ? this.#say(hint(this.event.data, this.match.nearest)) : undefined;
      case "none":
    }
  }

  // A stream threw or hangs: the person gets an id that is also in the log.
  async #broke(error: unknown): Promise<void> {
    const ran = this.outcome;
    this.outcome = { state: "failed", code: codeOf(error), message: messageOf(error) };
    this.log.error({ run: this.id, err: error }, `the turn was stopped: ${messageOf(error)}`);
    if (this.match.kind === "none" || ran?.state === "failed") return;
    const why = codeOf(error) === "failed" ? "something went wrong on my side" : messageOf(error);
    await this.#say(`${ran ? "it was done, but afterwards" : "not done"}: ${why} (${this.id})`);
  }

  // A command that was stopped ends its turn by itself; a stream that hangs around it does not.
  #givenUp(over: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const late = () => {
        const timer = setTimeout(() => reject(this.signal.reason), GRACE);
        over.addEventListener("abort", () => clearTimeout(timer), { once: true });
      };
      if (this.signal.aborted) late();
      else this.signal.addEventListener("abort", late, { once: true });
    });
  }

  #overdue(limit: number): BotError {
    const what = this.match.kind === "command" ? this.match.command.name : "this";
    return new BotError("timeout", `${what} took longer than ${span(limit)}`);
  }

  async #command({ command, args }: CommandMatch): Promise<void> {
    if (command.access === "operator" && !this.#bot.guarded)
      throw new BotError(
        "denied",
        `${command.name} is for operators, and no stream 'access' is linked that knows them`,
      );
    const began = performance.now();
    try {
      await this.#answers(command, args);
      this.outcome = { state: "done" };
    } catch (error) {
      this.outcome = { state: "failed", code: codeOf(error), message: messageOf(error) };
      // What stopped it says why; a service that took too long is the command's own failure.
      const how = this.signal.aborted ? "stopped" : "error executing cmd";
      await this.#say(`${how}: ${messageOf(error)}`);
    } finally {
      const ms = Math.round(performance.now() - began);
      this.log.info(
        { run: this.id, command: command.name, ms, ...this.outcome },
        `${command.name} ${this.outcome?.state}`,
      );
    }
  }

  async #answers(command: Command, args: readonly string[]): Promise<void> {
    // Stopped while it waited for its turn: its person is told so, and so it must not run.
    this.signal.throwIfAborted();
    const aborted = rejection(this.signal);
    // A command may throw before its first await, or answer nothing at all.
    const answer = await Promise.race([(async () => command.exec(args, this.#context()))(), aborted]);
    if (!isStream(answer)) return this.#say(answer ?? undefined);
    const replies = answer[Symbol.asyncIterator]();
    try {
      for (
        let item = await Promise.race([replies.next(), aborted]);
        !item.done;
        item = await Promise.race([replies.next(), aborted])
      )
        // One at a time: a command that never ends must not fill the outbox.
        await Promise.race([this.reply(item.value).catch(() => undefined), aborted]);
    } finally {
      if (this.signal.aborted) replies.return?.().catch(() => undefined);
    }
  }

  #context(): Context {
    const { id, event, log, signal } = this;
    return {
      id,
      event,
      person: event.from,
      rest: event.data.trim().replace(/^\S+\s?/u, ""),
      log,
      signal,
      reply: (reply: Reply) => this.reply(reply),
      send: (to: Address | string, reply: Reply) => this.#bot.send(to, reply),
      commands: this.#bot.commands(event.from),
      registry: this.#bot.registry,
      status: () => this.#bot.status(),
    } as unknown as Context;
  }

  // The lane does not wait for the network: the outbox keeps the order.
  async #say(reply: Reply | undefined): Promise<void> {
    if (reply === undefined || (contentOf(reply).data === "" && !contentOf(reply).files?.length)) return;
    this.reply(reply).catch(() => undefined);
  }
}

function hint(text: string, nearest: Command | undefined): string {
  const typed = text.trim().split(/\s+/u)[0]!.slice(0, 40);
  const first = `I know no command '${typed}'`;
  return nearest ? `${first}: did you mean '${nearest.usage}'?` : `${first}: 'help' lists what I can do`;
}

function rejection(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  // Raced against; nobody listens when the command was quicker.
  promise.catch(() => undefined);
  return promise;
}

function isStream(answer: unknown): answer is AsyncIterable<Reply> {
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;
}
