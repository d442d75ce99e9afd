import {
  type Address,
  type AskOptions,
  BotError,
  type Change,
  type Content,
  type Context,
  contentOf,
  type Event,
  formatAddress,
  type Job,
  type Json,
  type Memories,
  memoryIn,
  messageOf,
  type Receipt,
  type Reply,
  type Store,
  type When,
} from "@micro-bot/core";
import type { LogEntry, Run } from "../state/journal.ts";
import { answerKey, type Question, questionKey } from "../state/questions.ts";
import { readUntilKnown } from "../state/write.ts";
import type { Parts } from "./parts.ts";
import { Replay } from "./replay.ts";
import type { Who } from "./who.ts";

/** Where to say a command that waits for somebody's words. */
export const ELSEWHERE = "run it on a terminal, or say it where the bot listens";

/** How long a question may wait at most, in milliseconds: ten years. */
const LONGEST_WAIT = 10 * 366 * 86_400_000;

/** What one run's context needs of its turn. */
export interface Running {
  readonly run: Run;
  readonly event: Event;
  readonly who: Who;
  readonly signal: AbortSignal;
  reply(reply: Reply): Promise<Receipt>;
  send(to: Address | string, reply: Reply): Promise<Receipt>;
  more(): Promise<boolean>;
  /** The command is about to wait for a person: its time stands still until the function returned is called. */
  park(): () => void;
  /** What waits can be answered: its lane is free. */
  rest(): void;
  /** Ends the run: what a crash cut has an outcome that nobody knows. Returns what its person is told. */
  interrupted(where: string): BotError;
}

/** What a command may use while it runs; in a rerun, what it did before is given from the log. */
export function contextOf(turn: Running, parts: Parts, command: string): Context {
  const { run, event, who, signal } = turn;
  const { journal, questions, settings, tools } = parts;
  const replay = new Replay(run.log);

  async function note(entry: LogEntry, others: readonly Change[] = []): Promise<void> {
    signal.throwIfAborted();
    if (!(await journal.append(run, entry, others))) throw taken();
  }

  async function said(say: () => Promise<Receipt>): Promise<Receipt> {
    return replay.reply() ? {} : say();
  }

  async function ask(reply: Reply, options: AskOptions = {}): Promise<string> {
    const { index, entry } = replay.ask();
    const known = run.answers.get(index);
    if (known !== undefined) {
      replay.reply();
      return known;
    }
    if (!tools.dialogs)
      throw new BotError("denied", `${command} asks a question, which nobody can answer here: ${ELSEWHERE}`);
    // What is no reply would be asked of nobody, and choices that are none could not be matched with an answer.
    const asked = contentOf(withChoices(contentOf(reply), options.choices));
    const { choices } = asked;
    const question: Question = {
      run: run.id,
      index,
      lane: who.here,
      ...(event.from.thread !== undefined && { thread: event.from.thread }),
      ...(choices && { choices }),
      until: entry?.until ?? endOf(options.timeout ?? settings.ask_timeout),
    };
    const resume = turn.park();
    for (const key of [questionKey(question), answerKey(question)]) run.keys.add(key);
    try {
      // By its key the other replicas hear the answer, too.
      if (!entry)
        await note(entryOf(question), [{ key: questionKey(question), value: question as unknown as Json }]);
      const answer = questions.ask(question, signal);
      // A rerun, after the question was kept and before it was said, says it: the reply is counted by itself.
      void said(() => turn.reply(asked)).then(
        ({ id }) => questions.shown(question, id),
        () => undefined,
      );
      // Not before: an input that gives one line at a time would give the answer before the question.
      turn.rest();
      return await answer;
    } finally {
      resume();
    }
  }

  async function later(when: When | Date, text: string): Promise<Job> {
    const made = replay.later();
    if (made !== undefined) return made as unknown as Job;
    if (!journal.isShared)
      throw new BotError("denied", "nobody would hear of it here: say it where the bot listens");
    const scheduler = await tools.scheduler();
    const { job, changes } = await readUntilKnown(() => scheduler.plan(event, when, text), signal);
    await note({ kind: "later", job: job as unknown as Json }, changes);
    scheduler.wake();
    return job;
  }

  async function once<T extends Json>(name: string, effect: (key: string) => T | Promise<T>): Promise<T> {
    const before = replay.once(name);
    if (before === "cut") throw turn.interrupted(` at '${name}'`);
    if (before) return before.value as T;
    if (run.log.some((entry) => entry.kind === "once" && entry.name === name))
      throw new BotError(
        "failed",
        `once('${name}') is used twice in one run: give each effect a name of its own`,
      );
    await note({ kind: "once", name });
    const value = await effect(`${run.id}/${name}`);
    checkJson(name, value);
    await note({ kind: "result", name, value: value ?? null });
    return value;
  }

  const jobs = async () => (await tools.scheduler()).jobsOf(event);
  return {
    id: run.id,
    event,
    person: event.from,
    rest: event.data.trim().replace(/^\S+\s?/u, ""),
    log: parts.log,
    signal,
    reply: (reply) => said(() => turn.reply(reply)),
    maxReply: settings.max_reply,
    send: (to, reply) => said(() => turn.send(to, reply)),
    ask,
    more: async () => replay.reply() || turn.more(),
    get terse() {
      return tools.terse(event.from.input);
    },
    later,
    jobs: {
      list: async () => (await jobs()).list(),
      get: async (id) => (await jobs()).get(id),
      cancel: async (id, options) => (await jobs()).cancel(id, options),
    },
    once,
    get memory() {
      return memoriesOf(event, who, command, (prefix) => tools.part(prefix, command));
    },
    get commands() {
      return parts.commands.for(event);
    },
    registry: tools.registry,
    status: () => tools.status(),
  };
}

/** The memories that a command sees for one event. */
export function memoriesOf(
  { from: { input, room } }: Event,
  { person }: Who,
  command: string,
  partOf: (prefix: string) => Store,
): Memories {
  const part = (scope: string, name = "") =>
    memoryIn(partOf(`memory/${scope}/${name && `${encodeURIComponent(name.toWellFormed())}/`}`));
  return {
    get command() {
      return part("command", command);
    },
    get room() {
      return part("room", formatAddress({ input, room }));
    },
    get person() {
      return part("person", person);
    },
    get bot() {
      return part("bot");
    },
  };
}

function entryOf({ until, choices, lane }: Question): LogEntry {
  return { kind: "ask", until, lane, ...(choices && { choices }) };
}

/** When a question that may wait so long is over. Without an end it could not be kept. */
function endOf(timeout: number): number {
  if (typeof timeout !== "number" || Number.isNaN(timeout))
    throw new BotError(
      "failed",
      `a question's 'timeout' must be a number of milliseconds: this is ${typeof timeout}`,
    );
  return Date.now() + Math.min(timeout, LONGEST_WAIT);
}

function withChoices(content: Content, choices: readonly string[] | undefined): Content {
  return choices === undefined ? content : { ...content, choices };
}

/** The store would try what is no JSON again and again. */
function checkJson(name: string, value: unknown): void {
  try {
    JSON.stringify(value);
  } catch (cause) {
    throw new BotError("failed", `once('${name}') came to what is no JSON: ${messageOf(cause)}`, { cause });
  }
}

function taken(): BotError {
  return new BotError("cancelled", "another bot has taken over this run");
}
