import {
  type Address,
  BotError,
  type Command,
  codeOf,
  contentOf,
  type ErrorCode,
  type Event,
  type Json,
  type Log,
  type Match,
  messageOf,
  type Outcome,
  type Receipt,
  type Reply,
  type Turn,
} from "@micro-bot/core";
import type { Run } from "../state/journal.ts";
import { answerKey, questionKey } from "../state/questions.ts";
import { retried, settle } from "../store.ts";
import { span } from "../text.ts";
import { contextOf, ELSEWHERE } from "./context.ts";
import { Deadline } from "./deadline.ts";
import { hint } from "./hint.ts";
import type { TurnBot } from "./parts.ts";
import { isRefusal } from "./refusal.ts";
import { Speech } from "./replies.ts";

/** After a turn was stopped, how long the streams around it may take to end, in milliseconds. */
const GRACE = 1000;

/** Without a reason, one is made each time, and takes longer than the rest of a turn. */
const OVER = new Error("over");

type CommandMatch = Extract<Match, { kind: "command" }>;
type AnswerMatch = Extract<Match, { kind: "answer" }>;

/** One event on its way: what streams see of it, and the running of its command. */
export class LiveTurn implements Turn {
  readonly id: string;
  readonly event: Event;
  readonly match: Match;
  readonly log: Log;
  readonly notes: Record<string, Json> = {};
  /** Its place in the store; absent for what was only overheard. */
  run: Run | undefined;
  readonly #bot: TurnBot;
  readonly #stopping = new AbortController();
  readonly #speech: Speech;
  readonly #deadline: Deadline;
  #rested = Promise.withResolvers<void>();
  #parked = 0;
  #cut: BotError | undefined;
  #over = false;
  /** The streams let it pass. */
  #acted = false;
  readonly #abandoned = new AbortController();
  outcome?: Outcome;

  constructor(id: string, event: Event, match: Match, bot: TurnBot) {
    this.id = id;
    this.event = event;
    this.match = match;
    this.log = bot.log;
    this.#bot = bot;
    this.#speech = new Speech(this, bot);
    const limit = (match.kind === "command" && match.command.timeout) || bot.timeout;
    this.#deadline = new Deadline(limit, () => this.stop(this.#overdue(limit)));
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Whether its command waits for a person. */
  get parked(): boolean {
    return this.#parked > 0;
  }

  /** Whether it is left to the next process. */
  get left(): boolean {
    return this.#abandoned.signal.aborted;
  }

  /** Resolves when it ends, or waits for a person. */
  get rested(): Promise<void> {
    return this.#rested.promise;
  }

  /** Stops the command that runs, or will run. Its person is told why. */
  stop(why: BotError): void {
    this.#stopping.abort(why);
  }

  /** Stops it for its person, who wants to hear no more of what it said. */
  cancel(): void {
    this.stop(new BotError("cancelled", "it was cancelled"));
    this.#speech.hush();
  }

  /** Leaves the run in the store for the next process: nothing more is said or written for it here. */
  abandon(): void {
    this.#abandoned.abort(new BotError("closed", "the bot is stopping"));
    this.#rested.resolve();
  }

  note(name: string, value: Json): void {
    this.notes[name] = value;
  }

  /** Called by streams; what the command says is in the log of its run. */
  async reply(reply: Reply, run?: Run): Promise<Receipt> {
    this.#abandoned.signal.throwIfAborted();
    return this.#speech.reply(reply, run);
  }

  async send(to: Address | string, reply: Reply, run?: Run): Promise<Receipt> {
    this.#abandoned.signal.throwIfAborted();
    return this.#speech.send(to, reply, run);
  }

  async #more(run: Run): Promise<boolean> {
    this.#abandoned.signal.throwIfAborted();
    return this.#speech.more(run);
  }

  async wait<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!this.#bot.dialogs)
      throw new BotError("denied", `it waits for people, which nobody can do here: ${ELSEWHERE}`);
    const resume = this.#park();
    const signal = AbortSignal.any([this.signal, this.#abandoned.signal]);
    try {
      if (this.run && !(await this.#bot.runs.wait(this.run, true))) throw this.#taken();
      const waiting = work(signal);
      this.#rested.resolve();
      const found = await Promise.race([waiting, rejection(signal)]);
      if (this.run && !(await this.#bot.runs.wait(this.run, false))) throw this.#taken();
      return found;
    } finally {
      resume();
    }
  }

  /** Resolves when the networks took all replies, or refused them. */
  replied(): Promise<void> {
    return this.#speech.sent();
  }

  /** Goes through the streams to its command, within its time, to its end in the store. Never rejects. */
  async through(streams: (turn: LiveTurn) => Promise<void>): Promise<void> {
    try {
      await this.#passed(streams);
      if (!this.left) await this.#speech.finish({ ran: this.#acted });
    } catch (error) {
      // A store that was closed keeps the run for the next process.
      if (codeOf(error) !== "closed")
        this.log.error({ run: this.id, err: error }, `the turn could not be ended: ${messageOf(error)}`);
    } finally {
      this.#rested.resolve();
    }
  }

  async #passed(streams: (turn: LiveTurn) => Promise<void>): Promise<void> {
    const over = new AbortController();
    // Before anything runs: a command may come to its first question without a pause.
    this.#deadline.run();
    const chain = streams(this);
    chain.catch(() => undefined);
    try {
      await Promise.race([chain, this.#givenUp(over.signal)]);
    } catch (error) {
      this.#broke(error);
    } finally {
      this.#deadline.stop();
      over.abort(OVER);
      this.#over = true;
      this.#speech.close();
    }
  }

  /** The middle of the onion: does what the match asks for. */
  async act(): Promise<void> {
    // A stream that held it for too long lets go: its person was told that it was not done.
    if (this.#over) throw this.signal.reason;
    this.#acted = true;
    switch (this.match.kind) {
      case "command":
        return this.#command(this.match);
      case "answer":
        return this.#hear(this.match);
      case "cancel":
        return this.#speech.last(this.#bot.cancel(this.event));
      case "unknown":
        this.outcome = { state: "failed", code: "not_found", message: "no such command" };
        return this.#speech.last(
          this.#choices() ?? (this.#bot.hint ? this.#hint(this.match.nearest) : undefined),
        );
      case "refused":
        return this.#not("limited", `not done: ${this.match.why}`);
      case "interrupted":
        return this.#not("failed", this.match.why);
      case "none":
    }
  }

  #hint(nearest: Command | undefined): string {
    const shown = nearest && this.#bot.commands(this.event).list().includes(nearest);
    return hint(this.event, shown ? nearest : undefined);
  }

  #not(code: ErrorCode, message: string): void {
    this.outcome = { state: "failed", code, message };
    this.#speech.last(message);
  }

  // A stream threw or hangs. Of a fault the person gets an id that is also in the log.
  #broke(error: unknown): void {
    const message = messageOf(error);
    if (this.#abandoned.signal.aborted) {
      this.log.info({ run: this.id }, `the turn is left to the next process: ${message}`);
      return;
    }
    const ran = this.outcome;
    this.outcome = { state: "failed", code: codeOf(error), message };
    if (!ran && isRefusal(error) && !this.#isLate(error)) {
      this.#refused(error);
      return;
    }
    this.log.error({ run: this.id, err: error }, `the turn was stopped: ${message}`);
    if (this.match.kind === "none" || ran?.state === "failed") return;
    const why = codeOf(error) === "failed" ? "something went wrong on my side" : message;
    this.#speech.last(`${ran ? "it was done, but afterwards" : "not done"}: ${why} (${this.id})`);
  }

  #refused(error: unknown): void {
    const { match } = this;
    const fields = { run: this.id, code: codeOf(error) };
    const what = match.kind === "command" ? match.command.name : match.kind;
    this.log.info({ ...fields, what }, `${what} was refused: ${messageOf(error)}`);
    if (match.kind !== "none") this.#speech.last(`not done: ${messageOf(error)}`);
  }

  /** A stream that holds a turn past its time is at fault, though `timeout` is none of a command's. */
  #isLate(error: unknown): boolean {
    return error === this.signal.reason && codeOf(error) === "timeout";
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
    const since = performance.now();
    let began = false;
    let fault: { readonly err: unknown } | undefined;
    try {
      // Stopped while it waited for its turn: its person is told so, and so it must not run.
      this.signal.throwIfAborted();
      if (command.rerun !== "safe" && !(await this.#bot.runs.begin(this.run!))) return this.abandon();
      began = true;
      await this.#answers(command, args);
      this.outcome = { state: "done" };
    } catch (error) {
      // The bot ends before the network took what it says: the next process runs it again.
      if (this.#bot.closing() && codeOf(error) === "closed" && command.rerun === "safe")
        return this.abandon();
      this.outcome = { state: "failed", code: codeOf(error), message: messageOf(error) };
      if (!this.signal.aborted && !isRefusal(error)) fault = { err: error };
      this.#speech.last(this.#cut && error === this.#cut ? messageOf(error) : this.#lastWords(error, began));
    } finally {
      const ms = Math.round(performance.now() - since);
      const fields = { run: this.id, command: command.name, ms, ...this.outcome };
      const ended = `${command.name} ${this.outcome?.state ?? "left"}`;
      if (fault) this.log.error({ ...fields, ...fault, told: true }, `${ended}: ${messageOf(fault.err)}`);
      else this.log.info(fields, ended);
    }
  }

  #lastWords(error: unknown, began: boolean): string {
    // What stopped it says why; a service that took too long is the command's own failure.
    if (!this.signal.aborted)
      return isRefusal(error) ? messageOf(error) : `error executing cmd: ${messageOf(error)}`;
    if (!this.#bot.closing()) return `stopped: ${messageOf(error)}`;
    // Said when nobody looks, perhaps of several: which one it was must be in the words.
    const how = began ? "interrupted as I am stopping, outcome unknown" : "not done, as I am stopping";
    return `${how}: ${this.event.data} (${this.id})`;
  }

  async #answers(command: Command, args: readonly string[]): Promise<void> {
    const aborted = rejection(this.signal);
    const context = contextOf(
      {
        run: this.run!,
        event: this.event,
        signal: this.signal,
        reply: async (reply) => {
          // As for its answer: once it was stopped, nobody listens.
          this.signal.throwIfAborted();
          return this.reply(reply, this.run);
        },
        send: (to, reply) => this.send(to, reply, this.run),
        more: () => this.#more(this.run!),
        park: () => this.#park(),
        rest: () => this.#rested.resolve(),
        interrupted: (where) => this.#interrupted(where),
      },
      this.#bot,
      command.name,
    );
    // A command may throw before its first await, or answer nothing at all.
    const answer = await Promise.race([(async () => command.exec(args, context))(), aborted]);
    if (!isStream(answer)) return this.#speech.last(answer as Reply | undefined);
    const replies = answer[Symbol.asyncIterator]();
    let over = false;
    try {
      while (true) {
        const item = await Promise.race([replies.next(), aborted]);
        over = item.done === true;
        if (over) return;
        const reply = contentOf(item.value);
        // One at a time: a command that never ends must not fill the outbox. What a network refuses is in the log.
        await Promise.race([context.reply(reply).catch(() => undefined), aborted]);
      }
    } finally {
      // Not waited for: one that hangs would hold the lane.
      if (!over) void (async () => replies.return?.())().catch(() => undefined);
    }
  }

  #interrupted(where: string): BotError {
    this.#cut = new BotError("failed", interrupted(this.event, this.id, where));
    this.stop(this.#cut);
    return this.#cut;
  }

  /** Another bot has the run now: it says what is to be said. */
  #taken(): BotError {
    this.abandon();
    return new BotError("cancelled", "another bot has taken over this run");
  }

  #park(): () => void {
    this.#parked++;
    this.#deadline.pause();
    return () => {
      this.#parked--;
      if (this.#parked > 0) return;
      this.#rested = Promise.withResolvers<void>();
      this.#deadline.run();
    };
  }

  /** What may be said to the question that waits, which this was no answer to. */
  #choices(): string | undefined {
    const heard = this.#bot.questions.hear(this.event);
    if (!heard?.question.choices) return undefined;
    const early = heard.answer === undefined ? "" : "you said that before I asked: ";
    return `${early}answer with one of: ${heard.question.choices.join(" / ")}`;
  }

  /** Gives the answer to whoever waits for it: here, or in another bot. */
  async #hear({ run, answer }: AnswerMatch): Promise<void> {
    const { index } = this.run!.record.answers!;
    const { journal, questions } = this.#bot;
    const question = { run, index };
    const asked = await retried(() => journal.get(questionKey(question)), this.signal);
    this.outcome = { state: "done" };
    // Answered twice, or its run has ended: there is nobody to tell.
    if (!asked) return;
    const changes = [
      { key: questionKey(question), version: asked.version },
      { key: answerKey(question), value: answer },
    ];
    const mine = async () => ((await journal.get(answerKey(question))) ? [0, 0] : undefined);
    if ("lost" in (await settle(journal, changes, { mine }))) return;
    questions.answer(run, index, answer);
  }
}

/** What a person is told of a run that was cut, of which nobody knows how far it came. */
export function interrupted({ data }: Event, id: string, where = ""): string {
  return `interrupted${where}, outcome unknown: ${data} (${id})`;
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
