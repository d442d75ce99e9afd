import {
  BotError,
  type Command,
  type Flag,
  type FollowContext,
  type Match,
  messageOf,
  type Stream,
} from "@micro-bot/core";
import { accountOf } from "./account.ts";
import type { Decision } from "./decide.ts";
import { Gate } from "./gate.ts";
import { Guard } from "./guard.ts";
import { type CommandTurn, disguised } from "./objections.ts";
import { rows } from "./rows.ts";

export { commandsOf } from "./commands.ts";
export { Guard } from "./guard.ts";

const flags = [
  {
    name: "operators",
    type: "list",
    usage:
      "People who may run operators' commands, as input:person, comma separated: irc:alice,slack:U061F7AUR",
  },
  {
    name: "access_file",
    usage: "Rules of who may run what: a file of YAML or JSON, read again when it changes",
  },
] as const satisfies readonly Flag[];

const name = "access";
/** Commands that have no use without rules. */
const OF_RULES: readonly string[] = ["approve", "deny", "approvals", "link", "unlink"];

/**
 * Reading is open; an operator's command needs a person named in `--operators` whom the network vouches for
 * (assurance 1 or more). Whoever started the bot, at its own terminal, is an operator. Rules of `--access_file` go
 * before all that. A refusal says why, and what would let this person in.
 */
export function access(guard: Guard = new Guard()): Stream {
  const gate = new Gate(guard);

  async function judge(turn: CommandTurn): Promise<Decision | undefined> {
    const { event, match } = turn;
    const account = accountOf(event);
    const who = await guard.whoOf(account, event.assurance);
    const [person] = who.people;
    if (person !== undefined) turn.note("who", person);
    return guard.decide(match.command, match.args, event, who);
  }

  return {
    name,
    flags: () => flags,
    rows,

    init(ctx) {
      const { operators, access_file } = ctx.flags(flags);
      guard.init(ctx, operators, access_file);
    },

    async receive(turn, next) {
      const { match, event } = turn;
      if (!isCommand(match)) return next();
      const { command, args } = match;
      await guard.file?.known();
      const decision = await judge(turn as CommandTurn);
      if (decision) turn.note("rule", decision.rule.name);
      const why = guard.minds(command) ? disguised(args) : undefined;
      if (why !== undefined)
        throw new BotError("denied", `rules look at what ${command.name} is given, and ${why}: type it anew`);
      if (decision?.kind === "deny") {
        if (guard.minds(command))
          await guard.approvals.close(turn.id, "withdrawn", `${command.name} ${decision.why}`);
        throw refusal(command, decision);
      }
      if (decision?.kind === "approval") await gate.pass(turn as CommandTurn, decision.rule);
      const refused = decision ? undefined : guard.operators.refusal(command, event);
      if (refused) throw refusal(command, refused);
      return next();
    },

    may: (command, event) => (guard.policy || !OF_RULES.includes(command.name)) && guard.may(command, event),

    async follow(_events, ctx): Promise<void> {
      const { signal, log, match } = ctx;
      guard.match = match;
      guard.warn(log);
      const changed = () => {
        guard.warn(log);
        guard.approvals.wakeAll();
      };
      await guard.file?.watch(signal, changed, (text) => tellOperators(guard, ctx, text));
    },

    status: () => (guard.file ? [guard.file.status()] : []),
  };
}

/** Neither waits for a network nor for the record: rules that changed hold at once. */
function tellOperators({ operators }: Guard, { log, send, record }: FollowContext, text: string): void {
  const lost = (error: unknown) =>
    log.warn({ stream: name, err: error }, `not everybody was told of the access file: ${messageOf(error)}`);
  void record("access file", text).catch(lost);
  for (const account of operators.list()) void send(account, text).catch(lost);
}

function isCommand(match: Match): match is CommandTurn["match"] {
  return match.kind === "command";
}

function refusal(
  command: Command,
  refused: { why: string; help: string; rule?: { name: string; why?: string } },
): BotError {
  const { why, help, rule } = refused;
  const by = rule ? ` (rule '${rule.name}'${rule.why === undefined ? "" : `: ${rule.why}`})` : "";
  return new BotError("denied", `${command.name} ${why}${by}. ${help}`);
}
