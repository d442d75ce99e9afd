import type { Event, Match } from "@micro-bot/core";
import { pause } from "../inputs/backoff.ts";
import type { Run, RunRecord } from "../state/journal.ts";
import type { Questions } from "../state/questions.ts";
import { splitArgs } from "./args.ts";
import { disguise } from "./disguise.ts";
import { type Matcher, spaced } from "./matcher.ts";
import { interrupted } from "./turn.ts";

export interface MeaningOptions {
  readonly matcher: Matcher;
  readonly questions: Questions;
  /** Whether a text is too long to be read. */
  readonly tooLong: (event: Event) => boolean;
  /** Whether something of this event's person runs there, so that it can be cancelled. */
  readonly running: (event: Event) => boolean;
  /** Aborts when nothing is waited for any more. */
  readonly over: AbortSignal;
}

/** How long a rerun waits for a command that a service brings, in milliseconds. */
const LATE_COMMAND = 5000;
const LOOK = 100;
const CANCEL = /^cancel$/i;

/** What events turn out to be. */
export class Meaning {
  readonly #options: MeaningOptions;

  constructor(options: MeaningOptions) {
    this.#options = options;
  }

  of(event: Event): Match {
    // What replaces something said earlier is no answer to a question that came since.
    const isNew = event.type === "text" && event.edit === undefined;
    const heard = isNew ? this.#options.questions.hear(event) : undefined;
    if (heard && CANCEL.test(event.data.trim())) return { kind: "cancel" };
    const match = this.#said(event);
    // A command goes before a free answer: whoever asks for help while a question waits gets it.
    if (heard?.answer !== undefined && (heard.question.choices || match.kind !== "command"))
      return { kind: "answer", run: heard.question.run, answer: heard.answer };
    return match;
  }

  /** What the event of a run is that is taken up again. */
  async again({ id, record, log }: Run): Promise<Match> {
    const { answers, event, command, state } = record;
    if (state === "begun" || log.some(({ kind }) => kind === "lost"))
      return { kind: "interrupted", why: interrupted(event, id) };
    if (answers) return { kind: "answer", run: answers.run, answer: answers.answer };
    const until = performance.now() + LATE_COMMAND;
    while (true) {
      const match = this.#said(event);
      // Commands of services come when the registry was read.
      if (match.kind !== "unknown" || command === undefined || performance.now() > until) return match;
      await pause(LOOK, this.#options.over);
      if (this.#options.over.aborted) return match;
    }
  }

  /** What a run keeps of it. */
  kept(event: Event, match: Match): Pick<RunRecord, "event" | "command" | "answers"> {
    if (match.kind === "command") return { event, command: match.command.name };
    const heard = match.kind === "answer" ? this.#options.questions.hear(event) : undefined;
    if (heard?.answer === undefined) return { event };
    const { run, index } = heard.question;
    return { event, answers: { run, index, answer: heard.answer } };
  }

  #said(event: Event): Match {
    const { matcher, running, tooLong } = this.#options;
    const text = spaced(event.data);
    if (event.type !== "text" || !event.addressed || text === "") return { kind: "none" };
    if (tooLong(event)) return { kind: "unknown" };
    if (CANCEL.test(text) && running(event)) return { kind: "cancel" };
    const rule = matcher.match(text);
    const args = rule ? argsOf(event) : text.split(" ", 1);
    const why = disguise(args, rule?.command);
    if (why) return { kind: "refused", why };
    if (rule) return { kind: "command", ...rule, args };
    if (event.chosen !== undefined) return { kind: "refused", why: "that question is over" };
    const nearest = matcher.nearest(text);
    return { kind: "unknown", ...(nearest && { nearest }) };
  }
}

// From what was typed: quotes and JSON keep their white space.
function argsOf({ meta, data }: Event): readonly string[] {
  // A shell has split its words already. A phone's non-breaking space is a space to the person who typed it.
  return Array.isArray(meta.args) ? meta.args.map(String) : splitArgs(data.replace(/[\u00a0\u202f]/gu, " "));
}
