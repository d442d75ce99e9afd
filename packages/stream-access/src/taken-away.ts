import type { Account } from "./account.ts";
import type { Policy, Rule } from "./policy.ts";

/** What of older rules does not hold any more, in words: each that is gone, denies less, or is not as it was. */
export function takenAway(before: Policy, after: Policy): string[] {
  const kept = new Map(after.rules.map((rule) => [rule.digest, rule]));
  const old = new Set(before.rules.map(({ digest }) => digest));
  const renewed = new Map(
    after.rules.filter(({ digest }) => !old.has(digest)).map((rule) => [rule.name, rule]),
  );
  const changes = before.rules.flatMap((rule) => {
    const same = kept.get(rule.digest);
    return same ? spared(rule, before, same, after) : [lost(rule, renewed.get(rule.name))];
  });
  const order = (rules: readonly Rule[], others: ReadonlyMap<string, unknown> | ReadonlySet<string>) =>
    rules.flatMap(({ digest }) => (others.has(digest) ? [digest] : [])).join("\n");
  const isMoved = order(before.rules, kept) !== order(after.rules, old);
  return isMoved ? [...changes, "the rules are in another order"] : changes;
}

function lost({ name, verdict, approval }: Rule, next: Rule | undefined): string {
  if (!next) {
    const what = verdict === "deny" ? ", which denies," : approval ? ", which asks for approval," : "";
    return `rule '${name}'${what} is gone`;
  }
  if (verdict === "deny" && next.verdict !== "deny") return `rule '${name}' denies no longer`;
  if (approval && !next.approval) return `rule '${name}' asks for approval no longer`;
  return `rule '${name}' has changed`;
}

/** A rule may deny the same names, and these have fewer accounts now. */
function spared(rule: Rule, before: Policy, same: Rule, after: Policy): string[] {
  if (rule.verdict !== "deny") return [];
  const now = new Set(accountsOf(same, after));
  const free = accountsOf(rule, before).filter((account) => !now.has(account));
  return free.length === 0 ? [] : [`rule '${rule.name}' no longer denies ${free.join(", ")}`];
}

function accountsOf({ who }: Rule, { people }: Policy): Account[] {
  return [...people].flatMap(([account, name]) => (who.people.has(name) ? [account] : []));
}
