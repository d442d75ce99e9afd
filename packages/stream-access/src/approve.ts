import { BotError, type Command, type Context, type Event, newCommand, parseAddress } from "@micro-bot/core";
import { accountOf, claimOf, isDirect } from "./account.ts";
import type { Guard } from "./guard.ts";
import type { Objections } from "./objections.ts";
import { readCode } from "./records.ts";
import type { Request } from "./request.ts";
import { line, showing, told } from "./words.ts";

const YES_OR_NO = ["yes", "no"] as const;

interface Sayer {
  readonly account: string;
  readonly assurance: Event["assurance"];
  readonly person?: string;
}

/** Says yes to a command that waits. Alone with the bot, its person is shown the whole of it before the yes counts. */
export function approve(guard: Guard, objections: Objections): Command {
  async function answer(args: readonly string[], { event, ask }: Context): Promise<string> {
    const sayer = await sayerOf(guard, event);
    const request = await guard.approvals.byId(idOf(args));
    await check(guard, objections, request, sayer);
    if (isDirect(event) && !isWhereAsked(guard, request, event)) {
      const said = await ask(
        { data: showing(request, guard.owner(request.requester)), format: "code" },
        { choices: YES_OR_NO },
      );
      if (said !== "yes")
        return `you did not approve ${request.id}: it waits, and 'deny ${request.id}' refuses it`;
    }
    const granted = await guard.approvals.grant(request.id, sayer, (request) =>
      check(guard, objections, request, sayer),
    );
    const { id, grants, count } = granted;
    return `you approved ${id}, ${grants.length} of ${count}`;
  }
  return newCommand("approve", "approve [id]", "Agrees that somebody's command runs", answer, {
    rerun: "safe",
  });
}

/** Says no, which one is enough for; of one's own it withdraws it. */
export function deny(guard: Guard, objections: Objections): Command {
  async function answer(args: readonly string[], { event }: Context): Promise<string> {
    const sayer = await sayerOf(guard, event);
    const request = await guard.approvals.byId(idOf(args));
    const isOwn = await guard.isSamePerson(sayer.account, request.requester);
    // Whoever said yes may think better of it.
    const hasAgreed = request.grants.some(({ account }) => account === sayer.account);
    if (!isOwn && !hasAgreed) await check(guard, objections, request, sayer);
    const why = args.slice(2).join(" ").slice(0, 200);
    const by = `${told(sayer)} said no${why === "" ? "" : `: ${why}`}`;
    const over = await guard.approvals.close(request.turn, isOwn ? "withdrawn" : "denied", by);
    if (!over) throw new BotError("not_found", `${request.id} was decided meanwhile`);
    return `${over.id} is ${over.state}`;
  }
  return newCommand(
    "deny",
    "deny [id]",
    "Refuses that somebody's command runs, or withdraws your own",
    answer,
    {
      rerun: "safe",
    },
  );
}

/** Lists what waits, for those who asked for it and those who may decide it. */
export function approvals(guard: Guard, objections: Objections): Command {
  async function answer(_args: readonly string[], { event }: Context): Promise<string> {
    const sayer = await sayerOf(guard, event);
    const lines: string[] = [];
    for (const request of await guard.approvals.waiting())
      if (await concerns(request, sayer)) lines.push(line(request));
    return lines.length === 0 ? "nothing waits for you" : lines.join("\n");
  }

  async function concerns(request: Request, sayer: Sayer): Promise<boolean> {
    if (guard.operators.has(sayer.account, sayer.assurance)) return true;
    if (await guard.isSamePerson(sayer.account, request.requester)) return true;
    return check(guard, objections, { ...request, grants: [] }, sayer).then(
      () => true,
      () => false,
    );
  }
  return newCommand("approvals", "approvals", "Lists commands that wait for approval", answer, {
    reads: true,
    rerun: "safe",
  });
}

/** Whether it was shown in the place where this was said: by the rule's own words, or where it was asked for. */
function isWhereAsked(guard: Guard, request: Request, { from, names }: Event): boolean {
  const { input, room } = guard.rule(request.rule)?.approval.in ?? parseAddress(request.room);
  return input === from.input && (room === from.room || room === names?.room);
}

async function check(guard: Guard, objections: Objections, request: Request, sayer: Sayer): Promise<void> {
  const rule = guard.rule(request.rule);
  if (!rule)
    throw new BotError("denied", "the rule that asked for it has changed: it must be asked for again");
  const objection = await objections.toGrant(rule, request, sayer, request.grants);
  if (objection !== undefined) throw new BotError("denied", objection);
}

async function sayerOf(guard: Guard, event: Event): Promise<Sayer> {
  const account = accountOf(event);
  if (account === undefined)
    throw new BotError(
      "denied",
      `nobody vouches that you are ${claimOf(event.from)}: log in to ${event.from.input}'s accounts first`,
    );
  const [person] = (await guard.whoOf(account, event.assurance)).people;
  return { account, assurance: event.assurance, ...(person !== undefined && { person }) };
}

function idOf(args: readonly string[]): string {
  const id = readCode(args[1] ?? "");
  if (id === "") throw new BotError("invalid", "which one? 'approvals' lists what waits for you");
  if (!/^[0-9A-Z]{5}$/u.test(id))
    throw new BotError("invalid", `'${args[1]!.slice(0, 40)}' is no id: they look like 7F3K9`);
  return id;
}
