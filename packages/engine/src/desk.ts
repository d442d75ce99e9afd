import {
  BotError,
  type Command,
  type CommandList,
  type Event,
  formatAddress,
  type Log,
  type Match,
  type Plugins,
  type Status,
  type Stream,
  type Values,
} from "@micro-bot/core";
import { splitArgs } from "./args.ts";
import type { flags } from "./flags.ts";
import { newId } from "./id.ts";
import { Lanes } from "./lanes.ts";
import { Limits } from "./limits.ts";
import type { Matcher } from "./matcher.ts";
import { onion } from "./onion.ts";
import { LiveTurn, type TurnBot } from "./turn.ts";

export interface DeskOptions extends Pick<TurnBot, "log" | "registry" | "reply" | "send" | "status"> {
  readonly matcher: Matcher;
  readonly commands: Plugins<Command>;
  readonly streams: readonly Stream[];
  readonly settings: Values<typeof flags>;
  readonly log: Log;
  /** Whether an input waits for each answer before it gives the next event. */
  readonly sequential: (input: string) => boolean;
}

/** Where events are taken: what each one means, whether its person may be served now, and in what order. */
export class Desk {
  readonly commands: CommandList;
  readonly #options: DeskOptions;
  readonly #bot: TurnBot;
  readonly #lanes: Lanes;
  readonly #limits: Limits;
  readonly #running = new Map<string, LiveTurn>();
  readonly #streams: (turn: LiveTurn) => Promise<void>;
  #closed = false;
  #giveUp: BotError | undefined;
  #failures = 0;

  constructor(options: DeskOptions) {
    const { settings, matcher, commands, streams } = options;
    this.#options = options;
    this.#lanes = new Lanes({ running: settings.concurrency, waiting: settings.waiting });
    this.#limits = new Limits(settings);
    this.commands = {
      list: () => [...new Set(commands.values())].sort((a, b) => (a.name < b.name ? -1 : 1)),
      match: (text) => matcher.match(plainSpaces(text))?.command,
    };
    this.#bot = {
      ...options,
      guarded: streams.some((stream) => stream.name === "access" && stream.receive),
      hint: settings.hint,
      timeout: settings.command_timeout,
      commands: () => this.commands,
      cancel: (event) => this.#cancel(event),
    };
    this.#streams = onion<LiveTurn, void>(
      streams.flatMap((stream) =>
        stream.receive ? [(turn, next) => stream.receive!(turn, () => next())] : [],
      ),
      (turn) => turn.run(),
    );
  }

  /** How many commands failed or were not known. */
  get failures(): number {
    return this.#failures;
  }

  /** Refuses what comes from now on, saying so. */
  close(): void {
    this.#closed = true;
  }

  /** Stops what runs or still waits, telling each person. */
  abort(why: BotError): void {
    this.#giveUp = why;
    for (const turn of this.#running.values()) turn.stop(why);
  }

  /** Resolves when nothing runs or waits. */
  idle(): Promise<void> {
    return this.#lanes.idle();
  }

  status(dropped: number): Status {
    const counts = { running: this.#lanes.size, refused: this.#limits.refused, dropped };
    const told = Object.entries(counts).filter(([, count]) => count > 0);
    return {
      name: "bot",
      state: this.#closed ? "stopped" : "up",
      note: told.map(([what, count]) => `${count} ${what}`).join(", ") || "idle",
    };
  }

  /** Takes one event. Resolves when it was dealt with and its replies were sent. */
  async receive(event: Event): Promise<void> {
    const turn = new LiveTurn(newId(), event, this.#match(event), this.#bot);
    // Not in the lane: it is about what runs there.
    if (turn.match.kind === "cancel") return this.#run(turn);
    const why = this.#refusal(turn) ?? this.#enter(turn);
    if (typeof why !== "string") return why;
    const tell = this.#limits.refuse(event, Date.now());
    if (turn.match.kind === "none") return;
    this.#failures++;
    if (!tell) return;
    turn.reply(`not done: ${why}`).catch(() => undefined);
    await turn.replied();
  }

  #match(event: Event): Match {
    const text = plainSpaces(event.data);
    if (event.type !== "text" || !event.addressed || text === "") return { kind: "none" };
    if (this.#limits.length(event)) return { kind: "unknown" };
    if (/^cancel$/i.test(text) && this.#running.has(laneOf(event))) return { kind: "cancel" };
    const rule = this.#options.matcher.match(text);
    if (rule) return { kind: "command", ...rule, args: argsOf(event, text) };
    const nearest = this.#options.matcher.nearest(text);
    return { kind: "unknown", ...(nearest && { nearest }) };
  }

  #refusal({ event, match }: LiveTurn): string | undefined {
    if (match.kind === "none") return undefined;
    if (this.#closed) return "I am stopping: ask again in a moment";
    if (this.#options.sequential(event.from.input)) return this.#limits.length(event);
    return this.#limits.length(event) ?? this.#limits.rate(event, Date.now());
  }

  #enter(turn: LiveTurn): string | Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // What is only overheard has a lane of its own: chatter must not stand in the way of a command.
    const lane = turn.match.kind === "none" ? `overheard ${laneOf(turn.event)}` : laneOf(turn.event);
    const entered = this.#lanes.enter(lane, async () => {
      await this.#run(turn);
      // The lane is free before the network has taken the replies: the outbox keeps their order.
      resolve(turn.replied());
    });
    if (!entered) return `${this.#options.settings.waiting} commands of yours are waiting here already`;
    if (turn.match.kind !== "none") this.#limits.passed(turn.event);
    return promise;
  }

  async #run(turn: LiveTurn): Promise<void> {
    const lane = laneOf(turn.event);
    if (turn.match.kind === "command") this.#running.set(lane, turn);
    if (this.#giveUp) turn.stop(this.#giveUp);
    await turn.through(this.#streams);
    if (this.#running.get(lane) === turn) this.#running.delete(lane);
    if (turn.outcome?.state === "failed") this.#failures++;
  }

  #cancel(event: Event): boolean {
    const turn = this.#running.get(laneOf(event));
    turn?.stop(new BotError("cancelled", "it was cancelled"));
    return turn !== undefined;
  }
}

/** A lane is one person in one place; somebody who only claims to be them is another. */
function laneOf({ from, assurance }: Event): string {
  return `${assurance} ${formatAddress(from)}`;
}

function argsOf({ meta }: Event, text: string): readonly string[] {
  // A shell has split its words already.
  return Array.isArray(meta.args) ? meta.args.map(String) : splitArgs(text);
}

// A phone's non-breaking space is a space to the person who typed it.
function plainSpaces(text: string): string {
  return text.replace(/[\u00a0\u202f]/gu, " ").trim();
}
