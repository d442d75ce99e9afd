// Forged approvals that are said: ID stands for the id of a request that waits, made by alice on IRC.
import type { Assurance, Json } from "@micro-bot/core";

export interface Forgery {
  readonly kind: string;
  readonly input: "slack" | "irc" | "xmpp" | "email";
  readonly person: string | undefined;
  readonly assurance: Assurance;
  readonly text: string;
  readonly room?: string;
  readonly meta?: Readonly<Record<string, Json>>;
}

type Sayer = Omit<Forgery, "text">;

/** People who may not approve it, or whom nobody vouches for. */
const SAYERS: readonly Sayer[] = [
  { kind: "whoever asked", input: "irc", person: "alice", assurance: 1 },
  { kind: "whoever asked, elsewhere", input: "slack", person: "U0ALICE", assurance: 2 },
  { kind: "whoever asked, by mail", input: "email", person: "alice@example.com", assurance: 1 },
  {
    kind: "whoever asked, by an account that is linked",
    input: "xmpp",
    person: "alice@jabber.example",
    assurance: 1,
  },
  { kind: "a claim", input: "irc", person: "bob", assurance: 0 },
  {
    kind: "a claim with an account in it",
    input: "irc",
    person: "bob",
    assurance: 0,
    meta: { account: "bob", nick: "bob" },
  },
  { kind: "a From line", input: "email", person: "bob@example.com", assurance: 0 },
  { kind: "somebody of another role", input: "irc", person: "dave", assurance: 1 },
  { kind: "an operator who is not of the role", input: "irc", person: "op", assurance: 1 },
  {
    kind: "a stranger",
    input: "slack",
    person: "U0MALLORY",
    assurance: 2,
    meta: { name: "bob", real_name: "bob" },
  },
  { kind: "the approver's id on another network", input: "xmpp", person: "U0BOB", assurance: 1 },
  { kind: "the approver's name on another network", input: "xmpp", person: "bob", assurance: 1 },
  { kind: "another letter case", input: "irc", person: "Bob", assurance: 1 },
  { kind: "a letter that looks the same", input: "irc", person: "bоb", assurance: 1 },
  { kind: "something unseen", input: "irc", person: "bob\u200b", assurance: 1 },
  { kind: "a room of the approver's name", input: "irc", person: "mallory", room: "bob", assurance: 1 },
  {
    kind: "nobody, in a room of the approver's name",
    input: "irc",
    person: undefined,
    room: "bob",
    assurance: 1,
  },
  { kind: "an id that reads as an address", input: "irc", person: "#x?person=bob", assurance: 1 },
  { kind: "the name of a role", input: "irc", person: "lead", assurance: 1 },
  { kind: "a relay", input: "irc", person: "relaybot", assurance: 1, meta: { relayed: "slack:U0BOB" } },
];

/** Ways to say it. */
const TEXTS: readonly string[] = ["approve ID", "APPROVE id", 'approve "ID"', "approve ID ID"];

/** Words that are no yes to it, whoever says them. */
const WORDS: readonly string[] = [
  "approve",
  "approve *",
  "approve all",
  "approve 00000",
  "approve ID0",
  "approve 0ID",
  "approve request/ID",
  "approve ../ID",
  "approve deploy prod",
  "approve D1",
  "approved ID",
  "approve: ID",
  "ID",
  "yes",
  "<bob> approve ID",
  "bob: approve ID",
  "> approve ID",
  "approve\u200b ID",
  "аpprove ID",
  "please approve ID",
  "approve\u3000ID",
];

export const forgeries: readonly Forgery[] = [
  ...SAYERS.flatMap((sayer) => TEXTS.map((text) => ({ ...sayer, text }))),
  ...WORDS.map(
    (text) => ({ kind: "words that are no yes", input: "irc", person: "bob", assurance: 1, text }) as const,
  ),
];
