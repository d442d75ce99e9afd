import { BotError, type Command, type Context, newCommand } from "@micro-bot/core";
import { accountOf } from "./account.ts";
import type { Guard } from "./guard.ts";
import { disguised } from "./objections.ts";

/** Tells whether the person may run a command here, by which rule, and what would help. */
export function canI(guard: Guard): Command {
  async function answer(args: readonly string[], { event, commands, rest }: Context): Promise<string> {
    const words = args.slice(2);
    const command = commandIn(guard, words, rest);
    const who = await guard.whoOf(accountOf(event), event.assurance);
    const decision = guard.decide(command, words, event, who);
    const refused = decision ? undefined : guard.operators.refusal(command, event);
    const by = decision ? ` (rule '${decision.rule.name}')` : "";
    if (decision?.kind === "deny") return `no, ${command.name} ${decision.why}${by}. ${decision.help}`;
    if (refused) return `no, ${command.name} ${refused.why}. ${refused.help}`;
    const odd = guard.minds(command) ? disguised(words) : undefined;
    if (odd !== undefined) return `no, ${odd}`;
    if (!commands.list().includes(command))
      return `no, something else than the access rules keeps ${command.name} from you`;
    if (decision?.kind !== "approval") return `yes${by}`;
    const { count, by: group } = decision.rule.approval;
    return `yes, when ${count} of ${group.words.join(", ")} approve${count === 1 ? "s" : ""} it${by}`;
  }

  return newCommand("can i", "can i COMMAND", "Tells whether you may run a command here", answer, {
    reads: true,
    rerun: "safe",
  });
}

/**
 * The command that is asked about: the one that would run, or that words begin with by its longest name. `rest` is what
 * stands behind the first of two words. Throws `not_found`.
 */
export function commandIn(guard: Guard, words: readonly string[], rest: string): Command {
  const meant = guard.match(rest.trimStart().replace(/^\S+\s*/u, ""));
  if (meant) return meant;
  const said = words.join(" ").toLowerCase();
  const begins = ({ name }: Command) =>
    said === name.toLowerCase() || said.startsWith(`${name.toLowerCase()} `);
  const [found] = guard
    .commands()
    .filter(begins)
    .sort((a, b) => b.name.length - a.name.length);
  if (found) return found;
  const what =
    said === ""
      ? "which command? Write its name after it"
      : `there is no command '${words[0]!.slice(0, 40)}'`;
  throw new BotError(said === "" ? "invalid" : "not_found", `${what}: 'help' lists what there is`);
}
