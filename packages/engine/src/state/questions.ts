import { BotError, type Event } from "@micro-bot/core";
import { span } from "../text.ts";

/** A question that waits for its answer. */
export interface Question {
  readonly run: string;
  /** Its place among the questions of its run. */
  readonly index: number;
  /** Who may answer, and where: see `Who.here`. */
  readonly lane: string;
  /** The thread it was asked in. */
  readonly thread?: string;
  readonly choices?: readonly string[];
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** What an event means to a question that waits. */
export type Heard =
  | { readonly question: Question; readonly answer: string }
  /** It is from the person asked, but none of the choices. */
  | { readonly question: Question; readonly answer?: undefined };

interface Waiting {
  readonly question: Question;
  readonly answered: PromiseWithResolvers<string>;
  readonly timer: NodeJS.Timeout | undefined;
  /** The network's id of the message that asked: some people answer in a thread under it. */
  message?: string;
}

/** The longest time that a timer of Node takes. */
const LONGEST = 2 ** 31 - 1;

/** Questions that wait: those of this replica's runs, and a copy of what the other replicas ask. */
export class Questions {
  readonly #mine = new Map<string, Waiting>();
  #others: readonly Question[] = [];

  /** How many runs of this replica wait. */
  get size(): number {
    return this.#mine.size;
  }

  /** Resolves with the answer. Rejects with `timeout` when its time is over, and with what `drop` is given. */
  ask(question: Question, signal: AbortSignal): Promise<string> {
    const answered = Promise.withResolvers<string>();
    const left = question.until - Date.now();
    const late = () =>
      answered.reject(new BotError("timeout", `no answer within ${span(question.until - began)}`));
    const began = Date.now();
    const timer = setTimeout(late, Math.min(Math.max(0, left), LONGEST));
    timer.unref();
    const key = keyOf(question);
    this.#mine.set(key, { question, answered, timer });
    const stop = () => answered.reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    return answered.promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      this.#mine.delete(key);
    });
  }

  /** Remembers by which message the network shows the question. */
  shown(question: Question, message: string | undefined): void {
    const waiting = this.#mine.get(keyOf(question));
    if (waiting && message !== undefined) waiting.message = message;
  }

  /** Gives an answer to a question of this replica. False: it does not wait here. */
  answer(run: string, index: number, answer: string): boolean {
    const waiting = this.#mine.get(keyOf({ run, index }));
    waiting?.answered.resolve(answer);
    return waiting !== undefined;
  }

  /** The question that waits for this event's person in this place, the newest first, and what they said to it. */
  hear(event: Event, here: string): Heard | undefined {
    if (this.#mine.size === 0 && this.#others.length === 0) return undefined;
    const all = [...[...this.#mine.values()].reverse(), ...this.#others.map((question) => ({ question }))];
    const waiting = all.find((one) => one.question.lane === here && isAbout(one, event));
    if (!waiting) return undefined;
    const { question } = waiting;
    const answer = chosen(question.choices, event.data.trim());
    return answer === undefined ? { question } : { question, answer };
  }

  /** Own questions: to look whether another replica heard the answer. */
  mine(): readonly Question[] {
    return [...this.#mine.values()].map(({ question }) => question);
  }

  /** What the other replicas ask. */
  others(questions: readonly Question[]): void {
    this.#others = questions.filter((question) => !this.#mine.has(keyOf(question)));
  }
}

/** Where the store has a question that waits. */
export function questionKey(question: Pick<Question, "run" | "index">): string {
  return `ask/${keyOf(question)}`;
}

/** Where the store has its answer. */
export function answerKey(question: Pick<Question, "run" | "index">): string {
  return `answer/${keyOf(question)}`;
}

function keyOf({ run, index }: Pick<Question, "run" | "index">): string {
  return `${run}/${index}`;
}

/** Whether the event is said where the question was asked; a button is no answer to another question than its own. */
function isAbout(
  { question, message }: { readonly question: Question; readonly message?: string },
  { chosen, from }: Event,
): boolean {
  if (chosen !== undefined && message !== undefined) return message === chosen;
  return question.thread === from.thread || (message !== undefined && message === from.thread);
}

function chosen(choices: readonly string[] | undefined, said: string): string | undefined {
  if (said === "") return undefined;
  if (!choices) return said;
  const folded = said.toLowerCase();
  return choices.find((choice) => choice.trim().toLowerCase() === folded);
}
