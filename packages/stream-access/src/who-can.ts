import { type Command, type Context, newCommand } from "@micro-bot/core";
import { commandIn } from "./can-i.ts";
import { leastOf, named, roomsOf, shownArgs } from "./decide.ts";
import type { Guard } from "./guard.ts";
import { covers, type Group, type Rule } from "./policy.ts";

/** Lists who may run a command: the rules about it in their order, then the default. */
export function whoCan(guard: Guard): Command {
  function answer(args: readonly string[], ctx: Context): string {
    const command = commandIn(guard, args.slice(2), ctx.rest);
    const rules = (guard.policy?.rules ?? []).filter((rule) => covers(rule, command));
    const isClosed = rules.some(
      ({ verdict, commands }) => verdict === "allow" && commands.includes(command.name),
    );
    const rest = isClosed ? "nobody else" : byDefault(command);
    if (rules.length === 0) return `${command.name} is for ${rest}`;
    return [`${command.name}, by the first rule that fits:`, ...rules.map(line), `- otherwise ${rest}`].join(
      "\n",
    );
  }

  function byDefault(command: Command): string {
    if (command.access !== "operator") return "anyone";
    const accounts = guard.operators.list();
    return `operators: whoever started the bot${accounts.length > 0 ? `, ${accounts.join(", ")}` : ""}`;
  }

  return newCommand("who can", "who can COMMAND", "Lists who may run a command", answer, {
    reads: true,
    rerun: "safe",
  });
}

function line(rule: Rule): string {
  const { name, verdict, who, rooms, args, approval } = rule;
  const least = leastOf(rule);
  const more = [
    rooms ? `in ${roomsOf([rule])}` : "",
    args ? `with ${shownArgs(args).join("")}` : "",
    verdict === "allow" && least > 0 ? `assurance ${least} or more` : "",
    approval ? `approved by ${approval.count} of ${groupOf(approval.by)}` : "",
  ].filter((part) => part !== "");
  return `- ${verdict === "deny" ? "not " : ""}${groupOf(who)}${more.map((part) => `, ${part}`).join("")} (rule '${name}')`;
}

function groupOf(group: Group): string {
  const people = [...group.people].filter((name) => !group.words.includes(name));
  return `${named(group)}${people.length > 0 ? ` (${people.join(", ")})` : ""}`;
}
