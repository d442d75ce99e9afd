import type { Assurance, Match, Turn } from "@micro-bot/core";
import { canonicalJson, confusable } from "@micro-bot/kit";
import { type Account, accountOf } from "./account.ts";
import { type Decision, isAmong, leastOf, named } from "./decide.ts";
import type { Guard } from "./guard.ts";
import { digest } from "./records.ts";
import type { Grant, Request } from "./request.ts";

export type CommandTurn = Turn & { readonly match: Extract<Match, { kind: "command" }> };
export type ApprovalRule = Extract<Decision, { kind: "approval" }>["rule"];

/** What may be against an approval. It is asked when somebody gives one, while it waits, and before the command runs. */
export class Objections {
  readonly #guard: Guard;

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  /** To somebody's yes. */
  async toGrant(
    rule: ApprovalRule,
    request: Pick<Request, "requester">,
    grant: { readonly account: Account; readonly assurance: Assurance },
    others: readonly Grant[],
  ): Promise<string | undefined> {
    const { by } = rule.approval;
    const least = leastOf(rule);
    const { account, assurance } = grant;
    if (await this.#guard.isSamePerson(account, request.requester))
      return `${account} is the same person as ${request.requester}, who asked for it: somebody else must approve`;
    if (!isAmong(by, await this.#guard.whoOf(account, assurance)))
      return `approval is by ${named(by)}, and ${account} is not among them`;
    if (assurance < least)
      return `approval asks for assurance ${least}, and that of ${account} is ${assurance}`;
    for (const other of others)
      if (await this.#guard.isSamePerson(account, other.account)) return `${account} has approved it already`;
    return undefined;
  }

  /** Why what was agreed to is not what would run now, or not by whom. Everything is read anew. */
  async toRequest(turn: CommandTurn, request: Request): Promise<string | undefined> {
    const { event, match } = turn;
    const who = await this.#guard.whoOf(accountOf(event), event.assurance);
    const decision = this.#guard.decide(match.command, match.args, event, who);
    if (decision?.kind === "deny") return `${match.command.name} ${decision.why}`;
    if (decision?.kind !== "approval") return "the rules have changed: ask again";
    if (hashOf(turn, decision.rule) !== request.hash)
      return "the rule or the command is not the one that was shown: ask again";
    for (const [at, grant] of request.grants.entries()) {
      if (grant.hash !== request.hash) return `${grant.account} agreed to something else`;
      const objection = await this.toGrant(decision.rule, request, grant, request.grants.slice(0, at));
      if (objection !== undefined) return objection;
    }
    return undefined;
  }
}

/** What an approval is bound to: everything that the command is given, who asks, where, and by which rule. */
export function hashOf({ event, match }: CommandTurn, rule: Pick<ApprovalRule, "digest">): string {
  const { from, assurance, data, files = [] } = event;
  return digest(
    canonicalJson({
      command: match.command.name,
      args: match.args,
      text: data,
      files,
      from,
      assurance,
      rule: rule.digest,
    }),
  );
}

/** Words that are not what they seem, in a command that rules look at closely. */
export function disguised(words: readonly string[]): string | undefined {
  return words.map((word) => confusable(word)).find((why) => why !== undefined);
}
