import {
  type Address,
  BotError,
  type Command,
  type Content,
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
  type Stream,
  type Turn,
} from "@micro-bot/core";
import { type Draft, eventTo, type Manner, replyEvent } from "../out/outbox.ts";
import type { Run } from "../state/journal.ts";
import { answerKey, questionKey } from "../state/questions.ts";
import { PATIENCE_MS, readUntilKnown } from "../state/write.ts";
import { span } from "../text.ts";
import { type Classified, interrupted } from "./classify.ts";
import { contextOf, ELSEWHERE } from "./context.ts";
import { Deadline } from "./deadline.ts";
import { hint } from "./hint.ts";
import type { Parts } from "./parts.ts";
import { isRefusal } from "./refusal.ts";
import type { Who } from "./who.ts";

/** After a turn was stopped, how long the streams around it may take to end, in milliseconds. */
const GRACE_MS = 1000;

type CommandMatch = Extract<Match, { kind: "command" }>;
type AnswerMatch = Extract<Match, { kind: "answer" }>;

/** One event on its way: what streams see of it, the running of its command, and all that it says. */
export class LiveTurn implements Turn {
  readonly id: string;
  readonly event: Event;
  readonly who: Who;
  readonly match: Match;
  readonly log: Log;
  readonly notes: Record<string, Json> = {};
  /** Its place in the store; absent for what was only overheard. */
  run: Run | undefined;
  /** How it ended; its command may still be followed by what streams do. */
  outcome?: Outcome;
  /** Whether it is left to the next process. */
  isLeft = false;
  /** Whether its command and the streams around it are over; of what it said, not all may be sent. */
  isOver = false;
  /** The question that waits for its person there. */
  readonly question: Classified["question"];
  readonly #parts: Parts;
  readonly #isClosing: () => boolean;
  readonly #stopping = new AbortController();
  readonly #deadline: Deadline;
  /** Aborts when its person wants to hear no more of it. */
  readonly #hushed = new AbortController();
  readonly #sending = new Set<Promise<unknown>>();
  #last: Content[] = [];
  #rested = Promise.withResolvers<void>();
  #parked = 0;
  #cut: BotError | undefined;
  /** The streams let it pass. */
  #hasActed = false;
  #left: AbortController | undefined;
  #onStop: ((why: BotError) => void)[] = [];
  #grace: NodeJS.Timeout | undefined;

  constructor(
    { id, event, who, match, question }: Classified & Pick<LiveTurn, "id" | "event" | "who">,
    parts: Parts,
    isClosing: () => boolean,
  ) {
    this.id = id;
    this.event = event;
    this.who = who;
    this.match = match;
    this.log = parts.log;
    this.question = question;
    this.#parts = parts;
    this.#isClosing = isClosing;
    const limit = (match.kind === "command" && match.command.timeout) || parts.settings.command_timeout;
    this.#deadline = new Deadline(limit, () => this.stop(this.#overdue(limit)));
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Whether its command waits for a person. */
  get isParked(): boolean {
    return this.#parked > 0;
  }

  /** Resolves when it ends, or waits for a person. */
  get rested(): Promise<void> {
    return this.#rested.promise;
  }

  /** Stops the command that runs, or will run. Its person is told why. */
  stop(why: BotError): void {
    if (this.signal.aborted) return;
    this.#stopping.abort(why);
    for (const tell of this.#onStop) tell(why);
  }

  /** Stops it for its person, who wants to hear no more of what it said. */
  cancel(): void {
    this.stop(new BotError("cancelled", "it was cancelled"));
    this.#hushed.abort();
  }

  /** Leaves the run in the store for the next process: nothing more is said or written for it here. */
  abandon(): void {
    this.isLeft = true;
    this.#left?.abort(leaving());
    this.#rested.resolve();
  }

  note(name: string, value: Json): void {
    this.notes[name] = value;
  }

  join(stream: Stream, entry: Json): boolean {
    if (!this.run || this.isLeft || !this.#parts.journal.isShared) return false;
    this.run.joined = [...this.run.joined, { stream, entry }];
    return true;
  }

  /** Called by streams; what the command says is in the log of its run: a rerun must not take the one for the other. */
  async reply(reply: Reply, run?: Run): Promise<Receipt> {
    if (this.isLeft) throw leaving();
    return this.#say(this.#answer(reply), run, { reader: this.who.here, ...(run && this.#over) });
  }

  async send(to: Address | string, reply: Reply, run?: Run): Promise<Receipt> {
    if (this.isLeft) throw leaving();
    return this.#say({ ...eventTo(to, reply), from: this.event.from, run: this.id }, run);
  }

  async wait<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { tools, journal } = this.#parts;
    if (!tools.dialogs)
      throw new BotError("denied", `it waits for people, which nobody can do here: ${ELSEWHERE}`);
    const resume = this.#park();
    this.#left ??= new AbortController();
    const signal = AbortSignal.any([this.signal, this.#left.signal]);
    try {
      if (this.run && !(await journal.wait(this.run, true))) throw this.#taken();
      const waiting = work(signal);
      this.#rested.resolve();
      const found = await Promise.race([waiting, rejection(signal)]);
      if (this.run && !(await journal.wait(this.run, false))) throw this.#taken();
      return found;
    } finally {
      resume();
    }
  }

  /** Says what the store cannot keep. */
  tell(text: string): Promise<Receipt> {
    return this.#track(this.#parts.outbox.tell(replyEvent(this.event, text)));
  }

  /** Resolves when the networks took all replies, or refused them. */
  async replied(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  /** Goes through the streams to its command, within its time, to its end in the store. Never rejects. */
  async through(streams: () => Promise<void>): Promise<void> {
    try {
      await this.#passed(streams);
      if (!this.isLeft) await this.#finish();
    } catch (error) {
      // A store that was closed keeps the run for the next process.
      if (codeOf(error) !== "closed")
        this.log.error({ run: this.id, err: error }, `the turn could not be ended: ${messageOf(error)}`);
    } finally {
      this.#rested.resolve();
    }
  }

  async #passed(streams: () => Promise<void>): Promise<void> {
    const { promise: over, resolve, reject } = Promise.withResolvers<void>();
    // A command that was stopped ends its turn by itself; a stream that hangs around it does not.
    const giveUp = (why: BotError) => {
      this.#grace = setTimeout(reject, GRACE_MS, why);
    };
    if (this.signal.aborted) giveUp(this.signal.reason);
    else this.#onStop.push(giveUp);
    // Before anything runs: a command may come to its first question without a pause.
    this.#deadline.run();
    streams().then(resolve, reject);
    try {
      await over;
    } catch (error) {
      this.#broke(error);
    } finally {
      this.#deadline.stop();
      clearTimeout(this.#grace);
      this.#onStop = [];
      this.isOver = true;
    }
  }

  /** The middle of the streams: does what the match asks for. */
  async act(): Promise<void> {
    // A stream that held it for too long lets go: its person was told that it was not done.
    if (this.isOver) throw this.signal.reason;
    this.#hasActed = this.match.kind !== "command";
    switch (this.match.kind) {
      case "command":
        return this.#command(this.match);
      case "answer":
        return this.#hear(this.match);
      case "unknown":
        this.outcome = { state: "failed", code: "not_found", message: "no such command" };
        return this.last(this.#choices() ?? this.#hint(this.match.nearest));
      case "refused":
        return this.#not("limited", `not done: ${this.match.why}`);
      case "interrupted":
        return this.#not("failed", this.match.why);
      case "cancel":
      case "none":
    }
  }

  /** Is said at the end. Throws `failed` for what is no reply. */
  last(reply: Reply | undefined): void {
    if (reply === undefined || reply === "") return;
    const content = typeof reply === "string" ? { data: reply } : contentOf(reply);
    if (content.data !== "" || content.files?.length) this.#last.push(content);
  }

  get #over(): Pick<Manner, "over"> {
    return { over: this.#hushed.signal };
  }

  #hint(nearest: Command | undefined): string | undefined {
    if (!this.#parts.settings.hint) return undefined;
    const shown = nearest && this.#parts.commands.for(this.event).list().includes(nearest);
    return hint(this.event, shown ? nearest : undefined);
  }

  /** What may be said to the question that waits by now, which this was no answer to. */
  #choices(): string | undefined {
    const heard = this.#parts.questions.hear(this.event, this.who.here);
    if (!heard?.question.choices) return undefined;
    const early = heard.answer === undefined ? "" : "you said that before I asked: ";
    return `${early}answer with one of: ${heard.question.choices.join(" / ")}`;
  }

  #not(code: ErrorCode, message: string): void {
    this.outcome = { state: "failed", code, message };
    this.last(message);
  }

  // A stream threw or hangs. Of a fault the person gets an id that is also in the log.
  #broke(error: unknown): void {
    const message = messageOf(error);
    if (this.isLeft) {
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
    this.last(`${ran ? "it was done, but afterwards" : "not done"}: ${why} (${this.id})`);
  }

  #refused(error: unknown): void {
    const { match } = this;
    const fields = { run: this.id, code: codeOf(error) };
    const what = match.kind === "command" ? match.command.name : match.kind;
    this.log.info({ ...fields, what }, `${what} was refused: ${messageOf(error)}`);
    if (match.kind !== "none") this.last(`not done: ${messageOf(error)}`);
  }

  /** A stream that holds a turn past its time is at fault, though `timeout` is none of a command's. */
  #isLate(error: unknown): boolean {
    return error === this.signal.reason && codeOf(error) === "timeout";
  }

  #overdue(limit: number): BotError {
    const what = this.match.kind === "command" ? this.match.command.name : "this";
    return new BotError("timeout", `${what} took longer than ${span(limit)}`);
  }

  async #command({ command, args }: CommandMatch): Promise<void> {
    const { commands, journal } = this.#parts;
    if (command.access === "operator" && !commands.isGuarded)
      throw new BotError(
        "denied",
        `${command.name} is for operators, and no stream 'access' is linked that knows them`,
      );
    // Stopped while it waited for its turn: its person is told so, and so it must not run.
    const mayBegin = command.rerun === "safe" || this.signal.aborted;
    // What cannot be written down is not done.
    if (!mayBegin && !(await journal.begin(this.run!, { patience: PATIENCE_MS }))) return this.abandon();
    const since = performance.now();
    let hasBegun = false;
    let fault: { readonly err: unknown } | undefined;
    try {
      this.signal.throwIfAborted();
      hasBegun = this.#hasActed = true;
      await this.#answers(command, args);
      this.outcome = { state: "done" };
    } catch (error) {
      // The bot ends before the network took what it says: the next process runs it again.
      if (this.#isClosing() && codeOf(error) === "closed" && command.rerun === "safe") return this.abandon();
      this.outcome = { state: "failed", code: codeOf(error), message: messageOf(error) };
      if (!this.signal.aborted && !isRefusal(error)) fault = { err: error };
      this.last(this.#cut && error === this.#cut ? messageOf(error) : this.#lastWords(error, hasBegun));
    } finally {
      const ms = Math.round(performance.now() - since);
      const fields = { run: this.id, command: command.name, ms, ...this.outcome };
      const ended = `${command.name} ${this.outcome?.state ?? "left"}`;
      if (fault) this.log.error({ ...fields, ...fault, told: true }, `${ended}: ${messageOf(fault.err)}`);
      else this.log.info(fields, ended);
    }
  }

  #lastWords(error: unknown, hasBegun: boolean): string {
    // What stopped it says why; a service that took too long is the command's own failure.
    if (!this.signal.aborted)
      return isRefusal(error) ? messageOf(error) : `error executing cmd: ${messageOf(error)}`;
    if (!this.#isClosing()) return `stopped: ${messageOf(error)}`;
    // Said when nobody looks, perhaps of several: which one it was must be in the words.
    const how = hasBegun ? "interrupted as I am stopping, outcome unknown" : "not done, as I am stopping";
    return `${how}: ${this.event.data} (${this.id})`;
  }

  async #answers(command: Command, args: readonly string[]): Promise<void> {
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    // Raced against; nobody listens when the command was quicker.
    stopped.catch(() => undefined);
    if (this.signal.aborted) reject(this.signal.reason);
    else this.#onStop.push(reject);
    const run = this.run!;
    const context = contextOf(
      {
        run,
        event: this.event,
        who: this.who,
        signal: this.signal,
        reply: async (reply) => {
          // As for its answer: once it was stopped, nobody listens.
          this.signal.throwIfAborted();
          return this.reply(reply, run);
        },
        send: (to, reply) => this.send(to, reply, run),
        more: () => this.#more(run),
        park: () => this.#park(),
        rest: () => this.#rested.resolve(),
        interrupted: (where) => this.#interrupted(where),
      },
      this.#parts,
      command.name,
    );
    // A command may throw before its first await, or answer nothing at all.
    const answer = await Promise.race([(async () => command.exec(args, context))(), stopped]);
    if (!isStream(answer)) return this.last(answer as Reply | undefined);
    const replies = answer[Symbol.asyncIterator]();
    let over = false;
    try {
      while (true) {
        const item = await Promise.race([replies.next(), stopped]);
        over = item.done === true;
        if (over) return;
        const reply = contentOf(item.value);
        // One at a time: a command that never ends must not fill the outbox. What a network refuses is in the log.
        await Promise.race([context.reply(reply).catch(() => undefined), stopped]);
      }
    } finally {
      // Not waited for: one that hangs would hold the lane.
      if (!over) void (async () => replies.return?.())().catch(() => undefined);
    }
  }

  /** Says the next page of what was too long here. False: there is none. */
  async #more(run: Run): Promise<boolean> {
    if (this.isLeft) throw leaving();
    const manner = { reader: this.who.here, ...this.#over };
    const said = await this.#parts.outbox.more(this.event, run, manner);
    if (!said) return false;
    this.#parts.botLoops.answer(this.who, said.page, Date.now());
    this.#track(said.sent).catch(() => undefined);
    return true;
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

  /** Gives the answer to whoever waits for it: here, or in another bot. */
  async #hear({ run, index, answer }: AnswerMatch): Promise<void> {
    const { journal, questions } = this.#parts;
    const question = { run, index };
    const asked = await readUntilKnown(() => journal.store.get(questionKey(question)), this.signal);
    this.outcome = { state: "done" };
    // Answered twice, or its run has ended: there is nobody to tell.
    if (!asked) return;
    const changes = [
      { key: questionKey(question), version: asked.version },
      { key: answerKey(question), value: answer },
    ];
    const alreadyApplied = async () => ((await journal.store.get(answerKey(question))) ? [0, 0] : undefined);
    if (await journal.with(this.run!, changes, alreadyApplied)) questions.answer(run, index, answer);
  }

  /**
   * The run's end and what is said last, in one write; then that is sent. When nothing ran, its person is told so after a
   * while although the store keeps nothing; what was done waits for the store, so that nobody hears of it twice.
   */
  async #finish(): Promise<void> {
    const drafts: Draft[] = [];
    try {
      const isWritten = await this.#ended(drafts).catch((error) => this.#unwritten(error, drafts));
      for (const draft of drafts) isWritten ? draft.send() : draft.drop();
    } catch (error) {
      // Whoever waits for it to be sent must not wait for ever.
      for (const draft of drafts) draft.drop(error);
      throw error;
    }
  }

  async #ended(drafts: Draft[]): Promise<boolean> {
    // What is said after it was cancelled is that.
    const manner = { reader: this.who.here, ...(!this.#hushed.signal.aborted && this.#over) };
    for (const reply of this.#last.slice(drafts.length)) {
      const draft = await this.#parts.outbox.draft(this.#answer(reply), manner);
      this.#track(draft.sent).catch(() => undefined);
      drafts.push(draft);
    }
    const changes = drafts.flatMap((draft) => draft.changes);
    return this.#written(changes, this.#hasActed ? Infinity : PATIENCE_MS);
  }

  /** Ends the run with changes in one write. False: the run is another bot's. */
  async #written(changes: Draft["changes"], patience = Infinity): Promise<boolean> {
    const { run, log, id } = this;
    const { journal } = this.#parts;
    if (!run && changes.length === 0) return true;
    const isWritten = run
      ? await journal.finish(run, changes, { patience })
      : await journal.keep(changes, { patience });
    if (!isWritten) log.warn({ run: id }, "another bot has taken over this run: its result is dropped here");
    return isWritten;
  }

  /** The end cannot be recorded, or the store keeps nothing: the person is told all the same, and the run ends when it does again. */
  async #unwritten(error: unknown, drafts: Draft[]): Promise<boolean> {
    const { run, id, log } = this;
    const { journal } = this.#parts;
    if (codeOf(error) === "closed") throw error;
    if (run && journal.isUnsealed(error)) {
      run.joined = [];
      this.#broke(error);
      return this.#ended(drafts);
    }
    const why = messageOf(error);
    log.error({ run: id, err: error }, `a result cannot be kept: ${why}`);
    const words = this.#last.map(({ data }) => data);
    const note = `(I cannot write this down: ${why}. If I end before I can, it may be tried again)`;
    if (words.length > 0) await this.tell([...words, note].join("\n")).catch(() => undefined);
    // A try whose outcome was not known may have kept what has been told now.
    const told = drafts.flatMap(({ changes: [said] }) => (said ? [{ key: said.key }] : []));
    if (!(await this.#written(told))) await journal.keep(told);
    return false;
  }

  /** The event that a reply goes out as. */
  #answer(reply: Reply): Event {
    const out = { ...replyEvent(this.event, reply), run: this.id };
    this.#parts.botLoops.answer(this.who, out.data, Date.now());
    return out;
  }

  #say(event: Event, run: Run | undefined, manner?: Manner): Promise<Receipt> {
    // What is said when all is over is in no run's log.
    return this.#track(this.#parts.outbox.say(event, this.isOver ? undefined : run, manner));
  }

  // Not every caller waits for its receipt; a loss is in the log, and must not end the process.
  #track(sent: Promise<Receipt>): Promise<Receipt> {
    const noted: Promise<void> = sent.then(
      () => void this.#sending.delete(noted),
      (error) => {
        this.#sending.delete(noted);
        this.log.warn({ run: this.id, to: this.event.from }, `a reply was not sent: ${messageOf(error)}`);
      },
    );
    this.#sending.add(noted);
    return sent;
  }
}

function leaving(): BotError {
  return new BotError("closed", "the bot is stopping");
}

function rejection(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  // Raced against; nobody listens when the work was quicker.
  promise.catch(() => undefined);
  return promise;
}

function isStream(answer: unknown): answer is AsyncIterable<Reply> {
  return typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;
}
