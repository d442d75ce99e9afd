import { BotError, type Command, type Context, type Event, newCommand } from "@micro-bot/core";
import { type Account, accountOf, claimOf, isDirect, parseAccount } from "./account.ts";
import type { Guard } from "./guard.ts";

const LINK_HELP =
  "Say it to me alone, on the account that has your rights: 'link irc:alice'. I show you a code; say 'link CODE' as " +
  "irc:alice. I show you another; say that on the first account. A code is good for ten minutes, once, for one account. " +
  "A link never makes an account more trusted than its network is.";

/** Makes two accounts one person's, when each has shown that it holds the other. */
export function link(guard: Guard): Command {
  const owner = (account: Account) => guard.owner(account);

  async function answer([, word = ""]: readonly string[], { event }: Context): Promise<string> {
    const account = speakerOf(event);
    if (word === "") return shown(await guard.links.of(account), account);
    if (word.includes(":")) return begin(account, parseAccount(word));
    const linked = await guard.links.redeem(account, word, owner);
    if (linked.state === "linked") return `done: ${linked.accounts.join(" and ")} are one person now`;
    return `${linked.from} wants to be one person with you, and to run in your name what it may. Only if ${linked.from} is yours: say 'link ${linked.code}' there, to me alone. Show this code to nobody`;
  }

  async function begin(from: Account, to: Account): Promise<string> {
    const code = await guard.links.begin(from, to, owner);
    return `say 'link ${code}' to me alone as ${to}, within ten minutes. Whoever holds ${to} can then run what you may`;
  }

  return newCommand(
    "link",
    "link [account or code]",
    "Makes another account of yours known as yours",
    answer,
    {
      help: LINK_HELP,
    },
  );
}

/** Takes an account out: the one that speaks, or another that is linked to it. */
export function unlink(guard: Guard): Command {
  async function answer([, word = ""]: readonly string[], { event }: Context): Promise<string> {
    const account = speakerOf(event);
    const other = word === "" ? account : parseAccount(word);
    const rest = await guard.links.unlink(account, other);
    guard.approvals.wakeAll();
    return rest.length < 2 ? `done: ${other} stands for itself` : `done: ${rest.join(" and ")} are left`;
  }
  return newCommand("unlink", "unlink [account]", "Ends a link between accounts of yours", answer);
}

function speakerOf(event: Event): Account {
  const account = accountOf(event);
  if (account === undefined)
    throw new BotError(
      "denied",
      `nobody vouches that you are ${claimOf(event.from)}: log in to ${event.from.input}'s accounts first`,
    );
  if (!isDirect(event))
    throw new BotError("denied", "say that to me alone, in a direct message: codes are not for others' eyes");
  return account;
}

function shown(accounts: readonly Account[], account: Account): string {
  const others = accounts.filter((one) => one !== account);
  return others.length === 0
    ? `${account} is linked to nothing: 'help link' tells how`
    : `${account} is linked to ${others.join(" and ")}`;
}
