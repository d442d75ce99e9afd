import {
  type BotError,
  type Change,
  type Entry,
  type Event,
  messageOf,
  type Status,
  type Stream,
} from "@micro-bot/core";
import type { Follower } from "../beside/follower.ts";
import type { Loop } from "../inputs/loop.ts";
import { replyEvent } from "../out/outbox.ts";
import type { Accepted, Run, RunRecord } from "../state/journal.ts";
import { newId } from "../state/names.ts";
import { PATIENCE_MS } from "../state/write.ts";
import { type Classified, Classifier } from "./classify.ts";
import { Lanes } from "./lanes.ts";
import { Limits } from "./limits.ts";
import type { Parts } from "./parts.ts";
import { LiveTurn } from "./turn.ts";
import { type Who, whoOf } from "./who.ts";

export interface DispatcherOptions extends Parts {
  readonly streams: readonly Stream[];
  readonly followers: readonly Follower[];
  readonly loops: ReadonlyMap<string, Loop>;
}

/** Processes that may end with a run before it becomes a dead letter. */
const MAX_CRASHES = 5;

/**
 * Everything said to the bot passes here, whether it was typed, fell due, or was left by a crash: what it is, whether its
 * person may be served now, its place in their lane, its safe place in the store, and its turn.
 */
export class Dispatcher {
  readonly #parts: DispatcherOptions;
  readonly #classifier: Classifier;
  readonly #limits: Limits;
  readonly #lanes: Lanes;
  readonly #layers: readonly Stream[];
  /** Runs that this replica has, and the turns of those whose lane has come to them. */
  readonly #turns = new Map<string, LiveTurn | undefined>();
  /** The ends of turns. */
  readonly #ends = new Set<Promise<void>>();
  /** By lane, commands that run, wait for a person, or of which not all was sent; the newest last. */
  readonly #live = new Map<string, readonly LiveTurn[]>();
  readonly #over = new AbortController();
  #isClosed = false;
  #giveUp: BotError | undefined;
  #deadLetters = 0;
  #failures = 0;

  constructor(parts: DispatcherOptions) {
    const { settings, commands, questions, streams } = parts;
    this.#parts = parts;
    this.#layers = streams.filter((stream) => stream.receive);
    this.#limits = new Limits(settings);
    this.#lanes = new Lanes({ running: settings.concurrency, waiting: settings.waiting });
    this.#classifier = new Classifier({
      commands,
      questions,
      maxText: settings.max_text,
      isLive: (lane) => this.#live.has(lane),
      over: this.#over.signal,
    });
  }

  /**
   * Takes one event, as from an input. `ack` is called when it is safe, or need not be. Resolves when it was dealt with
   * and its replies were sent.
   */
  async receive(event: Event, ack?: () => void): Promise<void> {
    for (const follower of this.#parts.followers) if (follower.isReading) follower.push(event);
    const who = whoOf(event);
    const turn = this.#turn(newId(), event, who, this.#classify(event, who));
    const { match } = turn;
    if (match.kind === "none" || match.kind === "cancel") {
      ack?.();
      return this.#pass(turn);
    }
    const why = this.#refusal(turn);
    if (why !== undefined) {
      ack?.();
      return this.#refuse(turn, why);
    }
    this.#limits.passed(who);
    // The place in the lane is taken before the store has answered: what was said first runs first.
    const accepted = this.#accept(turn, ack);
    await this.#lanes.queue(who.lane, async () => {
      const run = await accepted;
      if (run) await this.#begin(turn, run);
    });
    // The lane is free before the network has taken the replies: the outbox keeps their order.
    await turn.replied();
  }

  /** A job that fell due, with other changes in one write. False: it is not taken, or the changes are somebody else's. */
  async due(event: Event, changes: readonly Change[]): Promise<boolean> {
    if (this.#isClosed) return false;
    const who = whoOf(event);
    const turn = this.#turn(newId(), event, who, this.#classify(event, who));
    const tries = { over: this.#over.signal };
    const run = await this.#parts.journal.accept(turn.id, kept(turn), tries, changes);
    if (typeof run === "object") this.#queue(turn.id, who, () => this.#begin(turn, run));
    return run !== "lost";
  }

  /** A run that another process left. `takes` asks for its death. */
  async recover(entry: Entry, takes: readonly Change[]): Promise<void> {
    const { journal, log } = this.#parts;
    const run = await journal.load(entry);
    if (!(await journal.claim(run, takes))) return;
    const { id, record } = run;
    const who = whoOf(record.event);
    log.info({ run: id, state: record.state }, "a run that was cut is taken up again");
    // This replica has it from now on, though its lane may be long.
    this.#turns.set(id, undefined);
    this.#queue(id, who, async () => {
      const turn = this.#turn(id, record.event, who, await this.#classifier.again(run));
      await this.#begin(turn, run, { hasCrashed: true });
    });
  }

  /** Tells a person something with other changes in one write. False: those are somebody else's. */
  async notify(event: Event, text: string, changes: readonly Change[]): Promise<boolean> {
    const { outbox, journal } = this.#parts;
    const draft = await outbox.draft(replyEvent(event, text), { reader: whoOf(event).here });
    const [said] = draft.changes;
    const alreadyApplied = async () => (said && (await journal.store.get(said.key)) ? [0] : undefined);
    const all = [...changes, ...draft.changes];
    const isWritten = await journal.keep(all, { over: this.#over.signal, alreadyApplied });
    if (isWritten) draft.send();
    else draft.drop();
    return isWritten;
  }

  /** Whether this replica has the run. */
  has(run: string): boolean {
    return this.#turns.has(run);
  }

  /** How many commands failed or were not known. */
  get failures(): number {
    return this.#failures;
  }

  /** Refuses what comes from now on, saying so. */
  close(): void {
    this.#isClosed = true;
  }

  /** Stops what runs or still waits, telling each person; what waits for a person and may be rerun is left to the next process. */
  abort(why: BotError): void {
    this.#giveUp = why;
    this.#over.abort();
    for (const turn of this.#running()) leave(turn, why);
  }

  /** Resolves when nothing runs or waits for its lane. */
  async idle(): Promise<void> {
    await this.#lanes.idle();
    const asking = this.#running().filter((turn) => !turn.isParked);
    await Promise.all(asking.map((turn) => turn.rested));
  }

  /** When something runs or waits for a person: resolves at the end of all of it. */
  ended(): Promise<unknown> | undefined {
    return this.#ends.size === 0 ? undefined : Promise.all(this.#ends);
  }

  /** At the end, what waits for a person: told to stop, or left to the next process. */
  async rest(why: BotError): Promise<void> {
    this.abort(why);
    const turns = this.#running();
    // Not done here, whatever the next process makes of it.
    this.#failures += turns.filter((turn) => turn.isLeft).length;
    await Promise.all(turns.map((turn) => turn.rested));
  }

  /** How many runs were put aside, by all processes so far. */
  aside(count: number): void {
    this.#deadLetters = count;
  }

  status(dropped: number): Status {
    const counts = {
      running: this.#lanes.size,
      asking: this.#parts.questions.size,
      refused: this.#limits.refused,
      dropped,
      "put aside": this.#deadLetters,
    };
    const told = Object.entries(counts).filter(([, count]) => count > 0);
    return {
      name: "bot",
      state: this.#isClosed ? "stopped" : "up",
      note: told.map(([what, count]) => `${count} ${what}`).join(", ") || "idle",
    };
  }

  /** What the event is. Commands come from plugins, and one that cannot even be looked at must not go unanswered. */
  #classify(event: Event, who: Who): Classified {
    try {
      return this.#classifier.classify(event, who);
    } catch (error) {
      const id = newId();
      this.#parts.log.error({ run: id, err: error }, `no command can be matched: ${messageOf(error)}`);
      const why = `something went wrong on my side (${id})`;
      const isAsked = event.type === "text" && event.addressed;
      return { match: isAsked ? { kind: "refused", why } : { kind: "none" } };
    }
  }

  #turn(id: string, event: Event, who: Who, classified: Classified): LiveTurn {
    return new LiveTurn({ id, event, who, ...classified }, this.#parts, () => this.#isClosed);
  }

  /** Why nothing of it is done, if so. */
  #refusal({ event, who, match }: LiveTurn): string | undefined {
    if (this.#isClosed) return "I am stopping: ask again in a moment";
    const { loops, botLoops, settings } = this.#parts;
    const now = Date.now();
    const isPaced = loops.get(event.from.input)?.input.sequential === true;
    const why =
      this.#limits.length(event) ??
      (isPaced
        ? undefined
        : (botLoops.hear(who, event, match, now) ?? this.#limits.rate(who, event, match, now)));
    if (why !== undefined || !this.#lanes.isFull(who.lane)) return why;
    return `${settings.waiting} commands of yours are waiting here already`;
  }

  /** Nothing of it runs; the streams see it, and its person is told once. */
  async #refuse({ id, event, who }: LiveTurn, why: string): Promise<void> {
    this.#failures++;
    if (!this.#limits.refuse(who)) return;
    const turn = this.#turn(id, event, who, { match: { kind: "refused", why } });
    await turn.through(() => this.#through(turn));
    await turn.replied();
  }

  /** What is not kept: the streams see it, and it is gone. */
  async #pass(turn: LiveTurn): Promise<void> {
    // Not in the lane: it is about what runs there.
    if (turn.match.kind === "cancel") await this.#run(turn);
    // What is only overheard has a lane of its own: chatter must not stand in the way of a command.
    else {
      const lane = `overheard ${turn.who.lane}`;
      if (this.#lanes.isFull(lane)) return void this.#limits.refuse(turn.who);
      await this.#lanes.queue(lane, () => this.#run(turn));
    }
    await turn.replied();
  }

  /** The event, safe in the store. Undefined: it was there before, is another bot's, or cannot be kept, which its person is told. */
  async #accept(turn: LiveTurn, ack?: () => void): Promise<Run | undefined> {
    const { journal } = this.#parts;
    let accepted: Accepted;
    try {
      const tries = { patience: PATIENCE_MS, over: this.#over.signal };
      accepted = await journal.accept(turn.id, kept(turn), tries);
    } catch (error) {
      this.#failures++;
      const why = `not done: I cannot keep what you ask (${messageOf(error)}): say it again later`;
      turn.tell(why).catch(() => undefined);
      return undefined;
    }
    if (accepted !== "lost") ack?.();
    return typeof accepted === "object" ? accepted : undefined;
  }

  /** Queues a run that nobody waits for, as whoever said it did so long ago. */
  #queue(id: string, { lane }: Who, work: () => Promise<void>): void {
    this.#lanes.queue(lane, work).catch((error) => {
      this.#turns.delete(id);
      this.#parts.log.error({ run: id, err: error }, `the run was left: ${messageOf(error)}`);
    });
  }

  /** A run in its lane, whether it was typed, fell due, or was cut before, until it ends or waits for a person. */
  async #begin(turn: LiveTurn, run: Run, { hasCrashed = false } = {}): Promise<void> {
    turn.run = run;
    this.#turns.set(turn.id, turn);
    const ended = (hasCrashed ? this.#runAgain(turn, run) : this.#run(turn)).finally(() => {
      this.#turns.delete(turn.id);
      this.#ends.delete(ended);
    });
    this.#ends.add(ended);
    await Promise.race([ended, turn.rested]);
    if (turn.match.kind !== "answer") return;
    // The command goes on in this lane's turn: what its person says next comes after it.
    const asking = this.#turns.get(turn.match.run);
    await new Promise(setImmediate);
    await asking?.rested;
  }

  /** A run that ended a process: not for ever. */
  async #runAgain(turn: LiveTurn, run: Run): Promise<void> {
    const { journal, log } = this.#parts;
    const { id, event, who } = turn;
    if (turn.match.kind === "interrupted") return this.#run(turn);
    if (run.record.deaths < MAX_CRASHES - 1)
      return (await journal.countCrash(run)) ? this.#run(turn) : turn.abandon();
    log.error({ run: id }, "a run that ended the bot again and again is put aside");
    this.#deadLetters++;
    await journal.store.write([
      { key: `parked/${id}`, value: run.record as unknown as Change["value"] & {} },
    ]);
    const why = `I ended ${MAX_CRASHES} times with it, and have put it aside (${id})`;
    const aside = this.#turn(id, event, who, { match: { kind: "refused", why } });
    aside.run = run;
    return this.#run(aside);
  }

  async #run(turn: LiveTurn): Promise<void> {
    const isCommand = turn.match.kind === "command";
    if (isCommand) this.#add(turn);
    if (this.#giveUp) turn.stop(this.#giveUp);
    await turn.through(() => this.#through(turn));
    if (isCommand) void turn.replied().then(() => this.#remove(turn));
    if (turn.outcome?.state === "failed") this.#failures++;
  }

  /** Each stream around the next, what the turn is for in the middle. */
  async #through(turn: LiveTurn, at = 0): Promise<void> {
    const stream = this.#layers[at];
    if (!stream) {
      if (turn.match.kind === "cancel" && !turn.isOver) turn.last(this.#cancel(turn));
      return turn.act();
    }
    let hasEntered = false;
    return stream.receive!(turn, async () => {
      if (hasEntered) throw new Error("next() was called twice");
      hasEntered = true;
      await this.#through(turn, at + 1);
    });
  }

  /** Stops what runs for this person here, or is still being said. What is to be told besides, if anything. */
  #cancel({ who, question }: LiveTurn): string | undefined {
    const live = this.#live.get(who.lane) ?? [];
    const asking = question && this.#turns.get(question.run);
    const turn = asking ?? live.findLast(({ id }) => this.#turns.has(id)) ?? live.at(-1);
    if (!turn) return "nothing of yours is running here";
    turn.cancel();
    // What runs says itself how it ended.
    return turn.outcome ? "it has ended already: what was left to say of it is dropped" : undefined;
  }

  #running(): LiveTurn[] {
    return [...this.#live.values()].flat().filter(({ id }) => this.#turns.has(id));
  }

  #add(turn: LiveTurn): void {
    const { lane } = turn.who;
    this.#live.set(lane, [...(this.#live.get(lane) ?? []), turn]);
  }

  #remove(turn: LiveTurn): void {
    const { lane } = turn.who;
    const others = this.#live.get(lane)!.filter((other) => other !== turn);
    if (others.length > 0) this.#live.set(lane, others);
    else this.#live.delete(lane);
  }
}

/** What a run keeps of its event. */
function kept({ event, match }: LiveTurn): Pick<RunRecord, "event" | "command" | "answers"> {
  if (match.kind === "command") return { event, command: match.command.name };
  if (match.kind !== "answer") return { event };
  const { run, index, answer } = match;
  return { event, answers: { run, index, answer } };
}

function leave(turn: LiveTurn, why: BotError): void {
  const isSafe = turn.match.kind === "command" && turn.match.command.rerun === "safe";
  if (turn.isParked && (isSafe || turn.run?.record.state === "waiting")) turn.abandon();
  else turn.stop(why);
}
