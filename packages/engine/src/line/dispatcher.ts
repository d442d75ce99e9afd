import {
  type BotError,
  type Change,
  type Command,
  type CommandList,
  contentOf,
  type Entry,
  type Event,
  formatAddress,
  type Log,
  type Match,
  messageOf,
  type Plugins,
  type Status,
  type Stream,
  type Values,
} from "@micro-bot/core";
import type { flags } from "../flags.ts";
import { readerOf } from "../out/rests.ts";
import { newId } from "../state/id.ts";
import type { Accepted, Run } from "../state/journal.ts";
import { PATIENCE, settle } from "../store.ts";
import { Pairs } from "./bot-loop.ts";
import { Meaning } from "./classify.ts";
import { Lanes } from "./lanes.ts";
import { Limits } from "./limits.ts";
import { type Matcher, spaced } from "./matcher.ts";
import { onion } from "./onion.ts";
import type { TurnBot } from "./parts.ts";
import { LiveTurn } from "./turn.ts";

export interface DeskOptions
  extends Omit<
    TurnBot,
    | "guarded"
    | "hint"
    | "timeout"
    | "askTimeout"
    | "maxReply"
    | "commands"
    | "answered"
    | "cancel"
    | "closing"
  > {
  readonly matcher: Matcher;
  readonly commands: Plugins<Command>;
  readonly streams: readonly Stream[];
  readonly settings: Values<typeof flags>;
  readonly log: Log;
  /** Whether an input waits for each answer before it gives the next event. */
  readonly sequential: (input: string) => boolean;
}

/** A run that so many processes died with is put aside. */
const DEATHS = 5;

/** Where events are taken: what each one means, whether its person may be served now, and in what order. */
export class Desk {
  readonly commands: CommandList;
  readonly #options: DeskOptions;
  readonly #bot: TurnBot;
  readonly #lanes: Lanes;
  readonly #limits: Limits;
  readonly #pairs = new Pairs();
  readonly #meaning: Meaning;
  /** Turns that run or wait for a person, by lane, the newest last. */
  readonly #running = new Map<string, LiveTurn[]>();
  /** Turns that are over and of which not all was sent, by lane, the newest last. */
  readonly #saying = new Map<string, LiveTurn[]>();
  /** All runs that this replica has, also those that wait for their lane. */
  readonly #turns = new Map<string, LiveTurn>();
  /** Their ends. */
  readonly #ends = new Set<Promise<void>>();
  readonly #streams: (turn: LiveTurn) => Promise<void>;
  readonly #may: (command: Command, event: Event) => boolean;
  readonly #over = new AbortController();
  #aside = 0;
  #closed = false;
  #giveUp: BotError | undefined;
  #failures = 0;

  constructor(options: DeskOptions) {
    const { settings, matcher, commands, streams } = options;
    this.#options = options;
    this.#lanes = new Lanes({ running: settings.concurrency, waiting: settings.waiting });
    this.#limits = new Limits(settings);
    this.#meaning = new Meaning({
      matcher,
      questions: options.questions,
      tooLong: (event) => this.#limits.length(event) !== undefined,
      running: (event) => this.#running.has(laneOf(event)) || this.#saying.has(laneOf(event)),
      over: this.#over.signal,
    });
    this.commands = {
      list: () => [...new Set(commands.values())].sort((a, b) => (a.name < b.name ? -1 : 1)),
      match: (text) => matcher.match(spaced(text))?.command,
    };
    const guarded = streams.some((stream) => stream.name === "access" && stream.receive);
    this.#may = (command, event) =>
      (guarded || command.access !== "operator") &&
      streams.every((stream) => stream.may?.(command, event) ?? true);
    this.#bot = {
      ...options,
      guarded,
      hint: settings.hint,
      timeout: settings.command_timeout,
      askTimeout: settings.ask_timeout,
      maxReply: settings.max_reply,
      commands: (event) => this.commandsFor(event),
      answered: (event, reply) => this.#pairs.answer(event, contentOf(reply).data, Date.now()),
      cancel: (event) => this.#cancel(event),
      closing: () => this.#closed,
    };
    const around = onion<LiveTurn, void>(
      streams.flatMap((stream) =>
        stream.receive ? [(turn, next) => stream.receive!(turn, () => next())] : [],
      ),
    );
    this.#streams = (turn) => around(turn, () => turn.act());
  }

  /** The commands that an event's person may run there. */
  commandsFor(event: Event): CommandList {
    const { list, match } = this.commands;
    const may = (command: Command) => this.#may(command, event);
    return {
      list: () => list().filter(may),
      match(text) {
        const command = match(text);
        return command && may(command) ? command : undefined;
      },
    };
  }

  /** How many commands failed or were not known. */
  get failures(): number {
    return this.#failures;
  }

  /** Refuses what comes from now on, saying so. */
  close(): void {
    this.#closed = true;
  }

  /** Stops what runs or still waits, telling each person; what waits for a person and may be rerun is left to the next process. */
  abort(why: BotError): void {
    this.#giveUp = why;
    this.#over.abort();
    for (const turns of this.#running.values()) for (const turn of turns) leave(turn, why);
  }

  /** Resolves when nothing runs or waits for its lane. */
  async idle(): Promise<void> {
    await this.#lanes.idle();
    const asking = [...this.#running.values()].flat().filter((turn) => !turn.parked);
    await Promise.all(asking.map((turn) => turn.rested));
  }

  /** When something runs or waits for a person: resolves at the end of all of it. */
  ended(): Promise<unknown> | undefined {
    return this.#ends.size === 0 ? undefined : Promise.allSettled(this.#ends);
  }

  /** At the end, what waits for a person: told to stop, or left to the next process. */
  async rest(why: BotError): Promise<void> {
    this.abort(why);
    const turns = [...this.#running.values()].flat();
    // Not done here, whatever the next process makes of it.
    this.#failures += turns.filter((turn) => turn.left).length;
    await Promise.all(turns.map((turn) => turn.rested));
  }

  status(dropped: number): Status {
    const asking = this.#options.questions.size;
    const aside = this.#aside;
    const counts = {
      running: this.#lanes.size,
      asking,
      refused: this.#limits.refused,
      dropped,
      "put aside": aside,
    };
    const told = Object.entries(counts).filter(([, count]) => count > 0);
    return {
      name: "bot",
      state: this.#closed ? "stopped" : "up",
      note: told.map(([what, count]) => `${count} ${what}`).join(", ") || "idle",
    };
  }

  /**
   * Takes one event. `ack` is called when it is safe, or need not be. Resolves when it was dealt with and its replies
   * were sent.
   */
  async receive(event: Event, ack: () => void = () => {}): Promise<void> {
    const turn = this.#turn(event);
    if (turn.match.kind === "none" || turn.match.kind === "cancel") return this.#pass(turn, ack);
    const why = this.#refusal(turn) ?? this.#enter(turn, ack);
    if (typeof why !== "string") return why;
    ack();
    await this.#refuse(turn, why);
  }

  /** Takes an event that is not said now: a job. False: it is not taken, or the other changes are somebody else's. */
  async take(event: Event, changes: readonly Change[]): Promise<boolean> {
    if (this.#closed) return false;
    const turn = this.#turn(event);
    const kept = this.#meaning.kept(event, turn.match);
    const accepted = await this.#options.runs.accept(turn.id, kept, { over: this.#over.signal }, changes);
    if (typeof accepted === "object")
      this.#queue(turn.id, event, () => this.#begin(turn, accepted, () => this.#run(turn)));
    return accepted !== "lost";
  }

  /** Tells a person something with other changes in one write. False: those are somebody else's. */
  async notify(event: Event, text: string, changes: readonly Change[]): Promise<boolean> {
    const { prepare, replyTo, changesOf, push, journal } = this.#options;
    const { parcel } = await prepare(replyTo(event, text), { reader: readerOf(event) });
    const all = [...changes, ...(parcel ? changesOf(parcel) : [])];
    const mine = async () => (parcel && (await journal.get(parcel.key)) ? [0] : undefined);
    const written = await settle(journal, all, { over: this.#over.signal, mine });
    if ("lost" in written) parcel?.sent.resolve({});
    else if (parcel) push(parcel);
    return "versions" in written;
  }

  /** Takes a run over that another process left. `takes` asks for its death. */
  async recover(entry: Entry, takes: readonly Change[]): Promise<void> {
    const { runs, log } = this.#options;
    const run = await runs.load(entry);
    if (!(await runs.claim(run, takes))) return;
    const { id, record } = run;
    log.info({ run: id, state: record.state }, "a run that was cut is taken up again");
    // This replica has it from now on, though its lane may be long.
    this.#turns.set(id, new LiveTurn(id, record.event, { kind: "none" }, this.#bot));
    this.#queue(id, record.event, async () => {
      const turn = new LiveTurn(id, record.event, await this.#meaning.again(run), this.#bot);
      await this.#begin(turn, run, () => this.#resume(turn, run));
    });
  }

  /** How many runs were put aside, by all processes so far. */
  aside(count: number): void {
    this.#aside = count;
  }

  /** Whether this replica has the run. */
  has(run: string): boolean {
    return this.#turns.has(run);
  }

  #turn(event: Event): LiveTurn {
    const id = newId();
    return new LiveTurn(id, event, this.#match(id, event), this.#bot);
  }

  /** What the event is. Commands come from plugins, and one that cannot even be looked at must not go unanswered. */
  #match(id: string, event: Event): Match {
    try {
      return this.#meaning.of(event);
    } catch (error) {
      this.#options.log.error({ run: id, err: error }, `no command can be matched: ${messageOf(error)}`);
      const why = `something went wrong on my side (${id})`;
      return event.type === "text" && event.addressed ? { kind: "refused", why } : { kind: "none" };
    }
  }

  /** Queues a run that nobody waits for, as whoever said it did so long ago. */
  #queue(id: string, event: Event, work: () => Promise<void>): void {
    this.#lanes.queue(laneOf(event), work).catch((error) => {
      this.#turns.delete(id);
      this.#options.log.error({ run: id, err: error }, `the run was left: ${messageOf(error)}`);
    });
  }

  /** A run in its lane, whether it was typed, fell due, or was cut before. */
  #begin(turn: LiveTurn, run: Run, work: () => Promise<void>): Promise<void> {
    turn.run = run;
    return this.#work(turn, work);
  }

  async #resume(turn: LiveTurn, run: Run): Promise<void> {
    const { id, record } = run;
    if (turn.match.kind === "interrupted") return this.#run(turn);
    if (record.deaths < DEATHS - 1) {
      if (await this.#options.runs.retry(run)) return this.#run(turn);
      return turn.abandon();
    }
    this.#options.log.error({ run: id }, "a run that ended the bot again and again is put aside");
    const key = `parked/${id}`;
    this.#aside++;
    await this.#options.journal.write([{ key, value: record as unknown as NonNullable<Change["value"]> }]);
    const why = `I ended ${DEATHS} times with it, and have put it aside (${id})`;
    const aside = new LiveTurn(id, turn.event, { kind: "refused", why }, this.#bot);
    aside.run = run;
    return this.#run(aside);
  }

  /** What is not kept: the streams see it, and it is gone. */
  async #pass(turn: LiveTurn, ack: () => void): Promise<void> {
    ack();
    // Not in the lane: it is about what runs there.
    if (turn.match.kind === "cancel") await this.#run(turn);
    // What is only overheard has a lane of its own: chatter must not stand in the way of a command.
    else {
      const over = this.#lanes.enter(`overheard ${laneOf(turn.event)}`, () => this.#run(turn));
      if (!over) return void this.#limits.refuse(turn.event);
      await over;
    }
    await turn.replied();
  }

  #refusal({ event, match }: LiveTurn): string | undefined {
    if (this.#closed) return "I am stopping: ask again in a moment";
    const why = this.#limits.length(event);
    if (why || this.#options.sequential(event.from.input)) return why;
    const now = Date.now();
    return this.#pairs.hear(event, match, now) ?? this.#limits.rate(event, match, now);
  }

  /** Nothing of it runs; the streams see it, and its person is told once. */
  async #refuse({ id, event }: LiveTurn, why: string): Promise<void> {
    this.#failures++;
    if (!this.#limits.refuse(event)) return;
    const turn = new LiveTurn(id, event, { kind: "refused", why }, this.#bot);
    await turn.through(this.#streams);
    await turn.replied();
  }

  #enter(turn: LiveTurn, ack: () => void): string | Promise<void> {
    const accepted = Promise.withResolvers<Accepted | undefined>();
    // The place in the lane is taken before the store has answered: what was said first runs first.
    const over = this.#lanes.enter(laneOf(turn.event), async () => {
      const run = await accepted.promise;
      if (typeof run === "object") await this.#begin(turn, run, () => this.#run(turn));
    });
    if (!over) return `${this.#options.settings.waiting} commands of yours are waiting here already`;
    this.#limits.passed(turn.event);
    const taken = this.#accept(turn, ack).then(accepted.resolve, (error) => {
      accepted.resolve(undefined);
      return this.#unkept(turn, error);
    });
    // The lane is free before the network has taken the replies: the outbox keeps their order.
    return Promise.all([over, taken]).then(() => turn.replied());
  }

  async #unkept({ event }: LiveTurn, error: unknown): Promise<void> {
    this.#failures++;
    const why = `not done: I cannot keep what you ask (${messageOf(error)}): say it again later`;
    await this.#options.tell(event, why).catch(() => undefined);
  }

  async #accept(turn: LiveTurn, ack: () => void): Promise<Accepted> {
    const { id, event, match } = turn;
    const tries = { patience: PATIENCE, over: this.#over.signal };
    const accepted = await this.#options.runs.accept(id, this.#meaning.kept(event, match), tries);
    if (accepted !== "lost") ack();
    return accepted;
  }

  /** Runs one turn in its lane, until it ends or waits for a person. */
  async #work(turn: LiveTurn, work: () => Promise<void>): Promise<void> {
    this.#turns.set(turn.id, turn);
    const ended = work().finally(() => {
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

  async #run(turn: LiveTurn): Promise<void> {
    const lane = laneOf(turn.event);
    const isCommand = turn.match.kind === "command";
    if (isCommand) put(this.#running, lane, turn);
    if (this.#giveUp) turn.stop(this.#giveUp);
    await turn.through(this.#streams);
    take(this.#running, lane, turn);
    if (isCommand) {
      put(this.#saying, lane, turn);
      void turn.replied().then(() => take(this.#saying, lane, turn));
    }
    if (turn.outcome?.state === "failed") this.#failures++;
  }

  #cancel(event: Event): string | undefined {
    const lane = laneOf(event);
    const heard = this.#options.questions.hear(event);
    const asking = heard && this.#turns.get(heard.question.run);
    const turn = asking ?? this.#running.get(lane)?.at(-1) ?? this.#saying.get(lane)?.at(-1);
    if (!turn) return "nothing of yours is running here";
    turn.cancel();
    // What runs says itself how it ended.
    return turn.outcome ? "it has ended already: what was left to say of it is dropped" : undefined;
  }
}

function put(turns: Map<string, LiveTurn[]>, lane: string, turn: LiveTurn): void {
  turns.set(lane, [...(turns.get(lane) ?? []), turn]);
}

function take(turns: Map<string, LiveTurn[]>, lane: string, turn: LiveTurn): void {
  const others = (turns.get(lane) ?? []).filter((other) => other !== turn);
  if (others.length > 0) turns.set(lane, others);
  else turns.delete(lane);
}

function leave(turn: LiveTurn, why: BotError): void {
  const safe = turn.match.kind === "command" && turn.match.command.rerun === "safe";
  if (turn.parked && (safe || turn.run?.record.state === "waiting")) turn.abandon();
  else turn.stop(why);
}

/** A lane is one person in one place; somebody who only claims to be them is another. */
function laneOf({ from, assurance }: Event): string {
  return `${assurance} ${formatAddress(from)}`;
}
