import { type Address, BotError, type Event, formatAddress, messageOf, parseAddress } from "@micro-bot/core";

/**
 * A person's account on one input, as `irc:alice`: the input and the network's stable id, escaped so that two accounts
 * never read the same. Names that are shown play no part.
 */
export type Account = string;

const INPUT = /^[a-z][a-z0-9_-]*$/u;
/** Where whoever started the bot speaks: no network stands between them and the program. */
const OWN: readonly string[] = ["console", "shell"];

/** The account that said something; undefined where nobody vouches for it, or where it has no id that can be compared. */
export function accountOf({ from, assurance }: Pick<Event, "from" | "assurance">): Account | undefined {
  const { input, person } = from;
  if (assurance < 1 || typeof person !== "string" || person === "") return undefined;
  // Halves of characters are written all the same, so that two such ids could meet.
  if (!person.isWellFormed() || !INPUT.test(input)) return undefined;
  return written(input, person);
}

/** What somebody claims to be, for words that are told to them. */
export function claimOf({ input, room, person }: Address): string {
  return written(input, person || room);
}

/** Reads `irc:alice`, or `irc:#ops?person=alice`. Throws `invalid`. */
export function parseAccount(text: string): Account {
  const { input, room, person = room, thread } = parseAddress(text);
  if (person === "" || thread !== undefined)
    throw new BotError("invalid", `'${text}' names nobody: write input:person, as in irc:alice`);
  return written(input, person);
}

/** The same, for a flag or a file: what is wrong is `config`, and begins with where it stands. */
export function accountAt(where: string, text: string): Account {
  try {
    return parseAccount(text);
  } catch (cause) {
    throw new BotError("config", `${where}: ${messageOf(cause)}`, { cause });
  }
}

/** The input of an account. */
export function inputOf(account: Account): string {
  return account.slice(0, account.indexOf(":"));
}

/** Whether it is somebody at the bot's own terminal, whom no other machine knows. */
export function isOwn(account: Account): boolean {
  return OWN.includes(inputOf(account));
}

/**
 * Whether it was said to the bot alone. Inputs tell by `meta.direct`, or by a room that is the person's own address:
 * a JID, a mail address, a nick.
 */
export function isDirect({ from, meta }: Pick<Event, "from" | "meta">): boolean {
  if (OWN.includes(from.input) || meta.direct === true) return true;
  return from.room !== "" && (from.room === from.person || from.room === meta.nick);
}

function written(input: string, person: string): Account {
  return formatAddress({ input, room: person });
}
