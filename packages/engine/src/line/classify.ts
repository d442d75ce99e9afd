import type { Event, Match } from "@micro-bot/core";
import { pause } from "../inputs/backoff.ts";
import type { Run } from "../state/journal.ts";
import type { Question, Questions } from "../state/questions.ts";
import { splitArgs } from "./args.ts";
import type { Commands } from "./commands.ts";
import { disguise } from "./disguise.ts";
import { spaced } from "./matcher.ts";
import { type Who, whoOf } from "./who.ts";

export interface ClassifierOptions {
  readonly commands: Commands;
  readonly questions: Questions;
  /** Longest text that is read, in characters. */
  readonly maxText: number;
  /** Whether something of a lane runs, or is still being said, so that it can be cancelled. */
  readonly isLive: (lane: string) => boolean;
  /** Aborts when nothing is waited for any more. */
  readonly over: AbortSignal;
}

/** What an event is, and the question that waits for its person there, answered by it or not. */
export interface Classified {
  readonly match: Match;
  readonly question?: Question;
}

/** How long a rerun waits for a command that a service brings, in milliseconds, and how often it looks. */
const LATE_COMMAND_MS = 5000;
const LOOK_MS = 100;
const CANCEL = /^cancel$/i;

/** Tells what events are: a command, an answer, `cancel`, something unknown, or nothing for the bot. */
export class Classifier {
  readonly #options: ClassifierOptions;

  constructor(options: ClassifierOptions) {
    this.#options = options;
  }

  classify(event: Event, who: Who): Classified {
    // What replaces something said earlier is no answer to a question that came since.
    const isNew = event.type === "text" && event.edit === undefined;
    const heard = isNew ? this.#options.questions.hear(event, who.here) : undefined;
    if (!heard) return { match: this.#said(event, who) };
    const { question, answer } = heard;
    if (CANCEL.test(event.data.trim())) return { match: { kind: "cancel" }, question };
    const match = this.#said(event, who);
    // A command goes before a free answer: whoever asks for help while a question waits gets it.
    if (answer === undefined || (match.kind === "command" && !question.choices)) return { match, question };
    return { match: { kind: "answer", run: question.run, index: question.index, answer }, question };
  }

  /** What the event of a run is that is taken up again. */
  async again({ id, record, log }: Run): Promise<Classified> {
    const { answers, event, command, state } = record;
    if (state === "begun" || log.some(({ kind }) => kind === "lost"))
      return { match: { kind: "interrupted", why: interrupted(event, id) } };
    if (answers) return { match: { kind: "answer", ...answers } };
    const until = performance.now() + LATE_COMMAND_MS;
    while (true) {
      const match = this.#said(event, whoOf(event));
      // Commands of services come when the registry was read.
      if (match.kind !== "unknown" || command === undefined || performance.now() > until) return { match };
      await pause(LOOK_MS, this.#options.over);
      if (this.#options.over.aborted) return { match };
    }
  }

  #said(event: Event, { lane }: Who): Match {
    const { commands, isLive, maxText } = this.#options;
    const text = spaced(event.data);
    if (event.type !== "text" || !event.addressed || text === "") return { kind: "none" };
    if (event.data.length > maxText) return { kind: "unknown" };
    if (CANCEL.test(text) && isLive(lane)) return { kind: "cancel" };
    const found = commands.find(text);
    const args = found ? argsOf(event) : text.split(" ", 1);
    const why = disguise(args, found?.command);
    if (why) return { kind: "refused", why };
    if (found) return { kind: "command", ...found, args };
    if (event.chosen !== undefined) return { kind: "refused", why: "that question is over" };
    const nearest = commands.nearest(text);
    return { kind: "unknown", ...(nearest && { nearest }) };
  }
}

// From what was typed: quotes and JSON keep their white space.
function argsOf({ meta, data }: Event): readonly string[] {
  // A shell has split its words already. A phone's non-breaking space is a space to the person who typed it.
  return Array.isArray(meta.args) ? meta.args.map(String) : splitArgs(data.replace(/[\u00a0\u202f]/gu, " "));
}

/** What a person is told of a run that was cut, of which nobody knows how far it came. */
export function interrupted({ data }: Event, id: string, where = ""): string {
  return `interrupted${where}, outcome unknown: ${data} (${id})`;
}
