import {
  type Address,
  BotError,
  type Event,
  type Flag,
  formatAddress,
  messageOf,
  parseAddress,
  type Stream,
} from "@micro-bot/core";

const flags = [
  {
    name: "operators",
    type: "list",
    usage:
      "People who may run operators' commands, as input:person, comma separated: irc:alice,slack:U061F7AUR",
  },
] as const satisfies readonly Flag[];

/** Where whoever started the bot speaks: no network stands between them and the program. */
const OWN = ["console", "shell"];

const name = "access";

/**
 * Reading is open; an operator's command needs a person named in `--operators` whom the network vouches for
 * (assurance 1 or more). Whoever started the bot, at its own terminal, is an operator. A refusal says which flag and
 * which value would let this person in.
 */
export function access(): Stream {
  let operators: readonly Address[] = [];

  return {
    name,
    flags: () => flags,

    init(ctx) {
      operators = ctx.flags(flags).operators.map(operator);
    },

    async receive(turn, next) {
      const { match, event } = turn;
      if (match.kind !== "command" || match.command.access !== "operator" || isOwner(event)) return next();
      const known = operators.some(
        (one) => one.input === event.from.input && one.person === event.from.person,
      );
      if (known && event.assurance >= 1) return next();
      throw new BotError(
        "denied",
        `${match.command.name} is for operators. ${known ? unproven(event) : unknown(event)}`,
      );
    },
  };
}

function isOwner({ from, assurance }: Event): boolean {
  return OWN.includes(from.input) && assurance === 2;
}

/** `irc:alice` names a person, though it reads as a room; `irc:#ops?person=alice` does, too, whatever the room. */
function operator(text: string): Address {
  try {
    const { input, room, person = room } = parseAddress(text);
    return { input, room: "", person };
  } catch (cause) {
    throw new BotError("config", `[stream-access] operators: ${messageOf(cause)}`, { cause });
  }
}

function unproven({ from }: Event): string {
  return `You are named in --operators, but nobody vouches that you are ${from.person}: log in to ${from.input}'s accounts and ask again`;
}

function unknown({ from, assurance }: Event): string {
  const value = formatAddress({ input: from.input, room: from.person ?? from.room });
  const log = assurance >= 1 ? "" : ` and an account that ${from.input} vouches for`;
  return `You would need --operators=${value}${log}`;
}
