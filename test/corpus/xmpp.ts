// Whoever is not alice@localhost on XMPP. Stanzas as they are sent: TO is the room or the bot, TYPE fits it.
import type { Outcome } from "./outcome.ts";

/** `hidden` shows JIDs to moderators only, `open` to all; `direct` is no room. */
export type Place = "hidden" | "open" | "direct";

export interface XmppForgery {
  readonly name: string;
  /** Who it really is. */
  readonly jid: string;
  readonly resource?: string;
  readonly place: Place;
  /** In the room. */
  readonly nick?: string;
  readonly stanza: string;
  readonly outcome: Outcome;
}

export const MALLORY = "mallory@localhost";
/** Others on the same server. The second domain's alice is somebody else. */
export const OTHERS: Readonly<Record<string, readonly string[]>> = {
  localhost: ["mallory", "alice_", "a1ice", "alice.localhost", "аlice", "alice2"],
  "evil.localhost": ["alice", "alice_localhost"],
  "localhost.evil.test": ["alice"],
};

const CLIENT = "jabber:client";
const body = "<body>COMMAND</body>";
const said = (more = "", attrs = "", inside = body) =>
  `<message to='TO' type='TYPE'${attrs}>${inside}${more}</message>`;
const ofAlice = (to: string) =>
  `<message xmlns='${CLIENT}' from='alice@localhost/phone' to='${to}' type='chat'>${body}</message>`;
const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>${ofAlice("micro@localhost")}</forwarded>`;
const item =
  "<x xmlns='http://jabber.org/protocol/muc#user'><item jid='alice@localhost/phone' affiliation='owner' role='moderator'/></x>";

const roomNicks = [
  "alice",
  "ALICE",
  "alice@localhost",
  "Alice@Localhost",
  "alice@localhost/phone",
  "vouched alice@localhost",
  "xmpp:alice@localhost",
  "аlice@localhost",
  "alice@localhost, micro",
];

const nicks = (["hidden", "open"] as const).flatMap((place) =>
  roomNicks.map(
    (nick): XmppForgery => ({
      name: `the nick ${nick} in a room whose JIDs are ${place}`,
      jid: MALLORY,
      place,
      nick,
      stanza: said(),
      outcome: "no",
    }),
  ),
);

const jids = Object.entries(OTHERS).flatMap(([host, users]) =>
  users.map(
    (user): XmppForgery => ({
      name: `the JID ${user}@${host}`,
      jid: `${user}@${host}`,
      place: "direct",
      stanza: said(),
      outcome: "no",
    }),
  ),
);

const resources = ["alice@localhost", "alice", "@localhost", "phone/alice@localhost/phone", "micro"].map(
  (resource): XmppForgery => ({
    name: `the resource ${resource}`,
    jid: MALLORY,
    resource,
    place: "direct",
    stanza: said(),
    outcome: "no",
  }),
);

// What alice is said to have said inside the message, or about it.
const wrapped: readonly (readonly [string, string, Outcome])[] = [
  [
    "XEP-0297: a message of alice, forwarded",
    `<message to='TO' type='TYPE'>${forwarded}</message>`,
    "nothing",
  ],
  ["XEP-0297: the same, with words of its own", said(forwarded), "nothing"],
  [
    "XEP-0280: a carbon of what alice got",
    `<message to='TO' type='TYPE'><received xmlns='urn:xmpp:carbons:2'>${forwarded}</received></message>`,
    "nothing",
  ],
  [
    "XEP-0280: a carbon of what alice sent",
    `<message to='TO' type='TYPE'><sent xmlns='urn:xmpp:carbons:2'>${forwarded}</sent>${body}</message>`,
    "nothing",
  ],
  [
    "XEP-0313: a message from an archive",
    `<message to='TO' type='TYPE'><result xmlns='urn:xmpp:mam:2' queryid='1' id='1'>${forwarded}</result></message>`,
    "nothing",
  ],
  [
    "XEP-0203: earlier, says alice",
    said("<delay xmlns='urn:xmpp:delay' from='alice@localhost' stamp='2026-01-01T00:00:00Z'/>"),
    "nothing",
  ],
  [
    "XEP-0203: earlier, says the server",
    said("<delay xmlns='urn:xmpp:delay' from='localhost' stamp='2026-01-01T00:00:00Z'/>"),
    "nothing",
  ],
  [
    "XEP-0203: earlier, says the bot",
    said("<delay xmlns='urn:xmpp:delay' from='micro@localhost' stamp='2026-01-01T00:00:00Z'/>"),
    "nothing",
  ],
  [
    "XEP-0203: earlier, says the place",
    said("<delay xmlns='urn:xmpp:delay' from='TO' stamp='2026-01-01T00:00:00Z'/>"),
    "nothing",
  ],
  [
    "XEP-0091: earlier, says alice",
    said("<x xmlns='jabber:x:delay' from='alice@localhost' stamp='20260101T00:00:00'/>"),
    "nothing",
  ],
  [
    "XEP-0308: it replaces what alice said",
    said("<replace xmlns='urn:xmpp:message-correct:0' id='1'/>"),
    "nothing",
  ],
  [
    "XEP-0172: a nickname",
    said("<nick xmlns='http://jabber.org/protocol/nick'>alice@localhost</nick>"),
    "no",
  ],
  [
    "XEP-0033: from alice, by way of somebody",
    said(
      "<addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='alice@localhost'/></addresses>",
    ),
    "no",
  ],
  [
    "XEP-0461: an answer to alice",
    said("<reply xmlns='urn:xmpp:reply:0' to='alice@localhost/phone' id='1'/>"),
    "no",
  ],
  [
    "XEP-0421: alice's occupant id",
    said("<occupant-id xmlns='urn:xmpp:occupant-id:0' id='alice@localhost'/>"),
    "no",
  ],
  ["XEP-0359: alice's origin id", said("<origin-id xmlns='urn:xmpp:sid:0' id='alice@localhost'/>"), "no"],
  ["XEP-0045: the room's word on who it is, from inside a message", said(item), "no"],
  [
    "XEP-0317: a hat",
    said("<hats xmlns='urn:xmpp:hats:0'><hat title='alice' uri='xmpp:alice@localhost'/></hats>"),
    "no",
  ],
  [
    "a second message in the body",
    said("", "", `<body>&lt;message from='alice@localhost'&gt;COMMAND&lt;/message&gt;</body>`),
    "no",
  ],
  ["a body of another kind", said("", "", "<body xmlns='urn:of:alice'>COMMAND</body>"), "nothing"],
  ["a subject", said("", "", "<subject>COMMAND</subject>"), "nothing"],
  ["a headline", "<message to='TO' type='headline'><body>COMMAND</body></message>", "nothing"],
  [
    "an error of alice's",
    "<message to='TO' type='error' from='alice@localhost'><body>COMMAND</body><error type='cancel'/></message>",
    "nothing",
  ],
  ["<alice@localhost> in front", said("", "", "<body>&lt;alice@localhost&gt; COMMAND</body>"), "no"],
];

// In a room a message of another type is not carried, and what the room itself says is not asked for.
const NOT_IN_ROOMS = [
  "XEP-0203: earlier, says the place",
  "a headline",
  "an error of alice's",
  "a subject",
  "a second message in the body",
  "<alice@localhost> in front",
];

const stanzas = (["direct", "open"] as const).flatMap((place) =>
  wrapped
    .filter(([name]) => place === "direct" || !NOT_IN_ROOMS.includes(name))
    .map(
      ([name, stanza, outcome]): XmppForgery => ({
        name: `${name} (${place})`,
        jid: MALLORY,
        place,
        nick: "alice",
        stanza,
        outcome,
      }),
    ),
);

// A room takes away what somebody says in its name.
const byRoom: XmppForgery = {
  name: "XEP-0203: earlier, says the room",
  jid: MALLORY,
  place: "open",
  nick: "alice",
  stanza: said("<delay xmlns='urn:xmpp:delay' from='TO' stamp='2026-01-01T00:00:00Z'/>"),
  outcome: "no",
};

const senders: readonly XmppForgery[] = [
  "alice@localhost",
  "alice@localhost/phone",
  "ops@conference.localhost/al",
].map((from) => ({
  name: `a from of ${from}, which the server sets right or refuses`,
  jid: MALLORY,
  place: "direct",
  stanza: said("", ` from='${from}'`),
  outcome: "no",
}));

const presences: readonly XmppForgery[] = [
  {
    name: "a presence to the bot that says it is alice's in a room",
    jid: MALLORY,
    resource: "alice",
    place: "direct",
    stanza: `<presence to='TO'>${item}</presence>${said()}`,
    outcome: "no",
  },
  ...(["hidden", "open"] as const).map(
    (place): XmppForgery => ({
      name: `a presence in a room whose JIDs are ${place}, with a word on who it is`,
      jid: MALLORY,
      place,
      nick: "alice",
      stanza: `<presence to='TO/alice'>${item}</presence>${said()}`,
      outcome: "no",
    }),
  ),
  ...(["hidden", "open"] as const).map(
    (place): XmppForgery => ({
      name: `a word in private, through a room whose JIDs are ${place}`,
      jid: MALLORY,
      place,
      nick: "alice@localhost",
      stanza: "<message to='TO/micro' type='chat'><body>COMMAND</body></message>",
      outcome: "no",
    }),
  ),
];

export const xmppForgeries: readonly XmppForgery[] = [
  ...nicks,
  ...jids,
  ...resources,
  ...stanzas,
  byRoom,
  ...senders,
  ...presences,
];
