// Whoever is not alice on IRC, and does not look it or does: as lines of RFC 2812 and IRCv3.
import type { Outcome } from "./outcome.ts";

export interface IrcForgery {
  readonly name: string;
  readonly nick: string;
  /** The services account they are logged in to. */
  readonly login?: string;
  readonly lines: readonly string[];
  readonly outcome: Outcome;
}

/** Accounts that look like alice's. */
export const LOOKALIKES = ["alice_", "a1ice", "[alice]", "alice-", "alice|ops", "alicia"] as const;

const inRoom = "PRIVMSG #ops :micro: COMMAND";
const directly = "PRIVMSG micro :COMMAND";

const bareNicks = [
  "alice",
  "ALICE",
  "aLiCe",
  "alice_",
  "_alice",
  "a1ice",
  "al1ce",
  "alice|away",
  "{alice}",
  "alice`",
];

const nicks: IrcForgery[] = [
  ...bareNicks.map(
    (nick): IrcForgery => ({ name: `the nick ${nick}, not logged in`, nick, lines: [inRoom], outcome: "no" }),
  ),
  { name: "the nick alice, directly", nick: "alice", lines: [directly], outcome: "no" },
  { name: "the nick of an operator", nick: "root", lines: ["OPER root operpw", inRoom], outcome: "no" },
  ...LOOKALIKES.flatMap((login): IrcForgery[] => [
    { name: `the account ${login}, as ${login}`, nick: login, login, lines: [inRoom], outcome: "no" },
    { name: `the account ${login}, as alice`, nick: "alice", login, lines: [directly], outcome: "no" },
  ]),
  {
    name: "another's account with nick alice",
    nick: "alice",
    login: "mallory",
    lines: [inRoom],
    outcome: "no",
  },
  {
    name: "a nick that becomes alice",
    nick: "mallory",
    login: "mallory",
    lines: ["NICK alice", inRoom],
    outcome: "no",
  },
  {
    name: "a nick of Cyrillic letters, which the server refuses",
    nick: "guest",
    lines: ["NICK alісe", inRoom],
    outcome: "no",
  },
  {
    name: "a real name",
    nick: "guest",
    lines: ["CAP REQ :setname", "SETNAME :alice", inRoom],
    outcome: "no",
  },
  {
    name: "a lost account: logged out before it speaks",
    nick: "alice",
    login: "mallory",
    lines: ["PRIVMSG NickServ :LOGOUT", inRoom],
    outcome: "no",
  },
  {
    name: "a wrong password",
    nick: "alice",
    lines: ["PRIVMSG NickServ :IDENTIFY alice wrong", inRoom],
    outcome: "no",
  },
];

const frames: IrcForgery[] = [
  ...["alice", "alice!alice@127.0.0.1", "micro!micro@127.0.0.1", "services.test"].map(
    (prefix): IrcForgery => ({
      name: `a prefix of ${prefix}, sent by a client`,
      nick: "mallory",
      // The server passes over it: the line is the client's own.
      lines: [`:${prefix} ${inRoom}`],
      outcome: "no",
    }),
  ),
  ...["account=alice", "+account=alice", "account=mallory;account=alice", "+draft/account=alice;msgid=1"].map(
    (tags): IrcForgery => ({
      name: `a tag of ${tags}, sent by a client`,
      nick: "mallory",
      lines: ["CAP REQ :message-tags account-tag", `@${tags} ${inRoom}`],
      outcome: "no",
    }),
  ),
  {
    name: "a second line in a line",
    nick: "mallory",
    lines: ["PRIVMSG #ops :hello\r:alice!alice@127.0.0.1 PRIVMSG #ops :micro: COMMAND"],
    outcome: "nothing",
  },
  {
    name: "a second line after a NUL",
    nick: "mallory",
    lines: ["PRIVMSG #ops :\0micro: COMMAND"],
    outcome: "no",
  },
];

const notSaid = [
  ["a notice", "NOTICE #ops :micro: COMMAND"],
  ["a direct notice", "NOTICE micro :COMMAND"],
  ["a CTCP request", "PRIVMSG micro :\u0001COMMAND\u0001"],
  ["a CTCP request in the room", "PRIVMSG #ops :\u0001PING micro: COMMAND\u0001"],
  ["a CTCP answer", "NOTICE micro :\u0001VERSION COMMAND\u0001"],
  ["an action", "PRIVMSG #ops :\u0001ACTION micro: COMMAND\u0001"],
  ["an action that has no end", "PRIVMSG micro :\u0001ACTION COMMAND"],
  ["an away message", "AWAY :micro: COMMAND"],
  ["a parting message", "PART #ops :micro: COMMAND"],
  ["an invitation", "INVITE micro #ops"],
] as const;

const quotes = [
  ["<alice> in front", "PRIVMSG #ops :<alice> micro: COMMAND", "nothing"],
  ["[alice] in front", "PRIVMSG #ops :[alice] micro: COMMAND", "nothing"],
  ["(alice) in front", "PRIVMSG #ops :(alice) micro: COMMAND", "nothing"],
  ["alice: in front", "PRIVMSG #ops :alice: micro: COMMAND", "nothing"],
  [
    "a line of the protocol as text",
    "PRIVMSG #ops ::alice!alice@127.0.0.1 PRIVMSG #ops :micro: COMMAND",
    "nothing",
  ],
  ["<alice> in front, directly", "PRIVMSG micro :<alice> COMMAND", "no"],
  ["alice: in front, directly", "PRIVMSG micro :alice: COMMAND", "no"],
  ["<alice> after the bot's name", "PRIVMSG #ops :micro: <alice> COMMAND", "no"],
  ["alice's account as an argument", "PRIVMSG #ops :micro: COMMAND --as=irc:alice", "no"],
  ["colours", "PRIVMSG #ops :\u000304micro: COMMAND\u0003", "no"],
  ["colours that hide who it is", "PRIVMSG #ops :\u00031,1<mallory>\u0003 micro: COMMAND", "nothing"],
  ["bold in the middle of the bot's name", "PRIVMSG #ops :mi\u0002cro: COMMAND", "no"],
  ["a text that is turned round", "PRIVMSG #ops :micro: \u202eCOMMAND", "no"],
  ["letters that are not seen", "PRIVMSG #ops :micro: alice\u200b COMMAND", "no"],
] as const;

export const ircForgeries: readonly IrcForgery[] = [
  ...nicks,
  ...frames,
  ...notSaid.map(([name, line]): IrcForgery => ({ name, nick: "alice", lines: [line], outcome: "nothing" })),
  ...quotes.map(
    ([name, line, outcome]): IrcForgery => ({
      name,
      nick: "mallory",
      login: "mallory",
      lines: [line],
      outcome,
    }),
  ),
];
