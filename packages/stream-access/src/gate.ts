import {
  type Address,
  BotError,
  type Event,
  formatAddress,
  type Json,
  messageOf,
  type Turn,
} from "@micro-bot/core";
import { escapeConfusables } from "@micro-bot/kit";
import { accountOf } from "./account.ts";
import { leastOf, named } from "./decide.ts";
import type { Guard } from "./guard.ts";
import { type ApprovalRule, type CommandTurn, hashOf, Objections } from "./objections.ts";
import type { Request } from "./request.ts";
import { asking, longest, shownText, told, waits } from "./words.ts";

/** What became of a request, as far as this turn is concerned. */
type End = { readonly granted: Request } | { readonly refusal: BotError };

/** Where a command waits until others have agreed to exactly it. */
export class Gate {
  readonly #guard: Guard;

  readonly #objections: Objections;

  constructor(guard: Guard) {
    this.#guard = guard;
    this.#objections = new Objections(guard);
  }

  /** Resolves when the command may run, once. Rejects with why it may not. */
  async pass(turn: CommandTurn, rule: ApprovalRule): Promise<void> {
    const { approvals } = this.#guard;
    const request = (await approvals.of(turn.id)) ?? (await this.#open(turn, rule));
    const granted =
      request.state === "used" ? await this.#again(turn, request) : await this.#wait(turn, rule, request);
    turn.note("approval", noted(granted));
    if (request.state === "used") return;
    const text = `${granted.id} was approved by ${granted.grants.map(told).join(" and ")}`;
    this.#say(turn, turn.send(placeOf(turn.event), text));
    if (rule.approval.in) this.#say(turn, turn.send(rule.approval.in, `${text}: ${granted.text}`));
  }

  async #open(turn: CommandTurn, rule: ApprovalRule): Promise<Request> {
    const { event, match } = turn;
    if (event.data.length > longest)
      throw new BotError(
        "denied",
        `${match.command.name} needs approval, and whoever gives it must see all of it: write less than ${longest} characters`,
      );
    const requester = accountOf(event)!;
    return this.#guard.approvals.open({
      turn: turn.id,
      hash: hashOf(turn, rule),
      command: match.command.name,
      text: shownText(event),
      requester,
      room: formatAddress(placeOf(event)),
      rule: rule.digest,
      by: named(rule.approval.by),
      count: rule.approval.count,
      until: Date.now() + rule.approval.within,
    });
  }

  /** A run that was let go on and cut is taken up again: its approval holds, if the rights still do. */
  async #again(turn: CommandTurn, request: Request): Promise<Request> {
    const why = await this.#objections.toRequest(turn, request);
    if (why !== undefined) throw new BotError("denied", `its approval does not hold any more: ${why}`);
    return request;
  }

  async #wait(turn: CommandTurn, rule: ApprovalRule, request: Request): Promise<Request> {
    let end: End;
    try {
      end = await turn.wait((signal) => this.#ended(turn, rule, request, signal));
    } catch (error) {
      // At the end of the bot it is left to the next one, unless there is none.
      if (turn.signal.aborted || turn.event.from.input === "shell")
        await this.#withdraw(turn, rule, request, messageOf(error));
      throw error;
    }
    if ("granted" in end) return end.granted;
    if (rule.approval.in)
      this.#say(turn, turn.send(rule.approval.in, `${request.id} is over: ${end.refusal.message}`));
    throw end.refusal;
  }

  async #ended(turn: CommandTurn, rule: ApprovalRule, request: Request, signal: AbortSignal): Promise<End> {
    if (!request.asked) this.#ask(turn, rule, request);
    let isTold = false;
    while (true) {
      try {
        const end = await this.#look(turn);
        if (end) return end;
      } catch (error) {
        signal.throwIfAborted();
        if (!isTold)
          turn.log.warn({ run: turn.id, err: error }, `an approval cannot be looked up: ${messageOf(error)}`);
        isTold = true;
      }
      if (request.until <= Date.now()) return { refusal: expired(request) };
      await this.#guard.approvals.changed(turn.id, signal);
    }
  }

  async #look(turn: CommandTurn): Promise<End | undefined> {
    const { approvals } = this.#guard;
    const request = await approvals.of(turn.id);
    if (!request) throw new BotError("not_found", "the request is not in the store");
    // Nobody else has this turn: a write whose answer was lost was ours.
    if (request.state === "used") return { granted: request };
    if (request.state !== "waiting") return { refusal: refusalOf(request) };
    if (request.until <= Date.now()) {
      await approvals.close(turn.id, "expired");
      return { refusal: expired(request) };
    }
    const why = await this.#objections.toRequest(turn, request);
    if (why !== undefined) {
      const over = await approvals.close(turn.id, "withdrawn", why);
      return over && { refusal: refusalOf(over) };
    }
    if (request.grants.length < request.count) return undefined;
    return (await approvals.use(request)) ? { granted: request } : this.#look(turn);
  }

  #ask(turn: CommandTurn, rule: ApprovalRule, request: Request): void {
    const place = rule.approval.in;
    const person = this.#guard.owner(request.requester);
    const text = asking(request, {
      least: leastOf(rule),
      rule: rule.name,
      ...(person !== undefined && { person }),
    });
    const asked = turn.send(place ?? placeOf(turn.event), {
      data: text,
      format: "code",
      choices: [`approve ${request.id}`, `deny ${request.id}`],
    });
    const lost = (error: unknown) =>
      this.#say(
        turn,
        turn.send(
          placeOf(turn.event),
          `it could not be asked in ${formatAddress(place ?? placeOf(turn.event))} (${messageOf(error)}): those who may can say 'approve ${request.id}' to me anywhere`,
        ),
      );
    this.#say(
      turn,
      asked.catch(lost).then(() => this.#guard.approvals.asked(turn.id)),
    );
    if (place) this.#say(turn, turn.send(placeOf(turn.event), waits(request, formatAddress(place))));
  }

  async #withdraw(turn: CommandTurn, rule: ApprovalRule, request: Request, why: string): Promise<void> {
    const over = await this.#guard.approvals.close(turn.id, "withdrawn", why).catch(() => undefined);
    if (over && rule.approval.in)
      this.#say(turn, turn.send(rule.approval.in, `${request.id} is over: ${why}`));
  }

  // What is said on the side neither holds the command up nor breaks it.
  #say(turn: Turn, said: Promise<unknown>): void {
    said.catch((error) => turn.log.warn({ run: turn.id, err: error }, `approval: ${messageOf(error)}`));
  }
}

/** The place where something was said, without who said it. */
function placeOf({ from: { input, room, thread } }: Event): Address {
  return { input, room, ...(thread !== undefined && { thread }) };
}

function noted({ id, grants }: Request): Json {
  return {
    id,
    by: grants.map(({ account, person, at }) => ({ account, at, ...(person !== undefined && { person }) })),
  };
}

function refusalOf({ id, state, why }: Request): BotError {
  return new BotError(
    "denied",
    `${id} was ${state}${why === undefined ? "" : `: ${escapeConfusables(why)}`}`,
  );
}

function expired({ id, by, grants, count }: Request): BotError {
  return new BotError(
    "timeout",
    `${id} was not approved in time (${grants.length} of ${count}, by ${by}): ask again`,
  );
}
