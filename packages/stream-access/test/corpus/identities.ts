// Three hundred people who are not who they seem: none of them may run what is guarded.
import type { Assurance, Json } from "@micro-bot/core";

/** Somebody, as an input would say it. */
export interface Identity {
  readonly kind: string;
  readonly input: "slack" | "irc" | "xmpp" | "email";
  readonly person: string | undefined;
  readonly assurance: Assurance;
  /** Absent: a room of its own. */
  readonly room?: string;
  readonly meta?: Readonly<Record<string, Json>>;
  /** What stands before the command. */
  readonly before?: string;
}

type Input = Identity["input"];

/** Those who may: by the file, by the flag. */
export const REAL: readonly (readonly [Input, string])[] = [
  ["slack", "U0ALICE"],
  ["irc", "alice"],
  ["email", "alice@example.com"],
  ["slack", "U0BOB"],
  ["irc", "bob"],
  ["xmpp", "carol@example.com"],
  ["irc", "op"],
  ["irc", "op\ufffd"],
];
const names = REAL.map(([, person]) => person);

/** A letter, and others that look like it. */
const TWINS: Readonly<Record<string, readonly string[]>> = {
  a: ["а", "ａ", "𝐚", "á", "ä", "ɑ"],
  A: ["А", "Ａ", "Α", "𝐀"],
  b: ["ｂ", "Ь", "𝐛"],
  B: ["В", "Β", "Ｂ"],
  c: ["с", "ｃ", "ϲ"],
  C: ["С", "Ｃ", "Ϲ"],
  e: ["е", "ｅ", "é"],
  E: ["Е", "Ε", "Ｅ"],
  i: ["і", "ı", "ｉ"],
  I: ["І", "Ι", "l", "1"],
  l: ["ӏ", "1", "I", "ｌ"],
  L: ["Ｌ", "ʟ"],
  o: ["о", "ο", "0", "ｏ"],
  O: ["О", "Ο", "0"],
  p: ["р", "ρ", "ｐ"],
  r: ["г", "ｒ"],
  U: ["Ս", "Ｕ", "u"],
  "0": ["O", "О", "０", "٠"],
  "@": ["＠", "﹫"],
  ".": ["․", "。", "．"],
};
const UNSEEN = ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u034f", "\u180e"];
const SPACES = [" ", "\u00a0", "\t", "\n", "\r", "\u0000", "\u3000", "\u2028", "\u007f"];

/** Whoever takes the name and cannot prove it. */
function* claims(): Iterable<Identity> {
  for (const [input, person] of REAL) {
    yield { kind: "a bare name", input, person, assurance: 0 };
    yield {
      kind: "a bare name whose account is another",
      input,
      person,
      assurance: 0,
      meta: { nick: person, account: "mallory" },
    };
    yield {
      kind: "a bare name that says it has the account",
      input,
      person,
      assurance: 0,
      meta: { nick: person, account: person },
    };
    yield { kind: "a bare name in the room of that name", input, person, assurance: 0, room: person };
  }
}

/** Whoever is shown as somebody else. */
function* shownNames(): Iterable<Identity> {
  for (const [at, name] of [...names, "Alice Liddell", "operators", "anyone", "lead"].entries())
    for (const [input, person] of [
      ["slack", "U0MALLORY"],
      ["irc", "mallory"],
      ["xmpp", "mallory@example.com"],
    ] as const)
      yield {
        kind: "a name that is shown",
        input,
        person: `${person}${at}`,
        assurance: input === "slack" ? 2 : 1,
        meta: { nick: name, name, real_name: name, display_name: name },
      };
}

/** Mail, whose From line is what anybody writes there. */
function* fromLines(): Iterable<Identity> {
  const real = "alice@example.com";
  const forms = [
    real,
    "Alice@Example.COM",
    `"Alice" <${real}>`,
    `<${real}>`,
    `${real} <mallory@evil.example>`,
    `mallory@evil.example (${real})`,
    `${real},mallory@evil.example`,
    `${real}\nBcc: x@evil.example`,
    `"${real}"@evil.example`,
    "alice@example.com.evil.example",
    "alice@example.co",
    "alice+admin@example.com",
    "a.lice@example.com",
    "alice@sub.example.com",
    "alice%example.com@evil.example",
    "@example.com:alice",
    "alice@[example.com]",
    "alice@EXAMPLE.com",
  ];
  for (const person of forms) {
    yield { kind: "a From line that nobody checked", input: "email", person, room: person, assurance: 0 };
    if (person !== real)
      yield {
        kind: "a From line that was checked, of another",
        input: "email",
        person,
        room: person,
        assurance: 1,
      };
  }
}

/** Words that somebody passes on. */
function* relayed(): Iterable<Identity> {
  for (const [input, person] of REAL) {
    yield {
      kind: "a relay that names the speaker",
      input,
      person: "relaybot",
      assurance: 1,
      meta: { relayed: person, from: person, person },
    };
    yield {
      kind: "a relay that takes the speaker's name",
      input,
      person,
      assurance: 0,
      meta: { relayed: true, assurance: 2 },
    };
    yield { kind: "a relay's text", input, person: "relaybot", assurance: 1, before: `<${person}> ` };
    yield {
      kind: "a relay's text, said again",
      input,
      person: "relaybot",
      assurance: 1,
      before: `${person}: `,
    };
  }
}

/** Ids with one letter that only looks the same. */
function* lookalikes(): Iterable<Identity> {
  for (const [input, person] of REAL)
    for (const [at, letter] of Array.from(person).entries())
      for (const twin of Object.hasOwn(TWINS, letter) ? TWINS[letter]! : [])
        yield {
          kind: "a letter that looks like another",
          input,
          person: person.slice(0, at) + twin + person.slice(at + 1),
          assurance: 1,
        };
}

/** Ids with something in them that is not seen. */
function* unseen(): Iterable<Identity> {
  for (const [at, sign] of [...UNSEEN, ...SPACES].entries()) {
    const [input, person] = REAL[at % REAL.length]!;
    yield { kind: "something unseen at the end", input, person: person + sign, assurance: 1 };
    yield { kind: "something unseen at the start", input, person: sign + person, assurance: 1 };
    yield {
      kind: "something unseen inside",
      input,
      person: `${person.slice(0, 2)}${sign}${person.slice(2)}`,
      assurance: 1,
    };
  }
}

/** The same id on a network where it is somebody else's. */
function* elsewhere(): Iterable<Identity> {
  for (const [own, person] of REAL)
    for (const input of ["slack", "irc", "xmpp", "email"] as const)
      if (!REAL.some(([other, name]) => other === input && name === person) && input !== own)
        yield { kind: "the same id on another network", input, person, assurance: input === "slack" ? 2 : 1 };
}

/** Ids in other letter cases, and composed in other ways. */
function* cases(): Iterable<Identity> {
  for (const [input, person] of REAL) {
    const forms = [
      person.toUpperCase(),
      person.toLowerCase(),
      person[0]!.toUpperCase() + person.slice(1),
      `${person.normalize("NFKD")}\u0301`,
      `${person}\u0345`,
      `${person}_`,
      `_${person}`,
      person.slice(0, -1),
      person.slice(1),
      person + person,
    ];
    for (const form of new Set(forms))
      if (form !== person) yield { kind: "another case or form", input, person: form, assurance: 1 };
  }
}

/** Nobody, whom somebody vouches for all the same. */
function* nobodies(): Iterable<Identity> {
  for (const input of ["slack", "irc", "xmpp", "email"] as const)
    for (const assurance of [0, 1, 2] as const)
      for (const [person, room] of [
        [undefined, "alice"],
        ["", "alice"],
        [undefined, ""],
        ["", "U0ALICE"],
        [undefined, "op"],
      ] as const)
        yield { kind: "nobody at all", input, person, room, assurance };
}

/** Ids that an address would have to escape. */
function* escapes(): Iterable<Identity> {
  const forms = [
    "#ops?person=alice",
    "?person=alice",
    "alice?person=alice",
    "alice&person=alice",
    "alice?thread=1",
    "%61lice",
    "alice%00",
    "alice%",
    "irc:alice",
    "irc:alice?person=op",
    ":alice",
    "alice:",
    "op,alice",
    "alice op",
    "op?",
    "op&",
    "\ud800op",
    "op\udfff",
    "\ud83d",
    "\ufffd",
    "__proto__",
    "constructor",
    "toString",
    "*",
    "anyone",
    "operators",
    "lead",
    "alice\\",
    "{alice}",
    "['alice']",
  ];
  for (const person of forms)
    yield { kind: "an id that reads as an address", input: "irc", person, assurance: 1 };
}

/** Rooms that are called as people are. */
function* rooms(): Iterable<Identity> {
  for (const [input, person] of REAL) {
    yield { kind: "a room of somebody's name", input, person: "mallory", room: person, assurance: 1 };
    yield {
      kind: "a room that names somebody",
      input,
      person: "mallory",
      room: `#x?person=${person}`,
      assurance: 1,
    };
    yield {
      kind: "a room that is an account",
      input,
      person: "mallory",
      room: `${input}:${person}`,
      assurance: 1,
    };
  }
}

export const identities: readonly Identity[] = [
  claims,
  shownNames,
  fromLines,
  relayed,
  lookalikes,
  unseen,
  elsewhere,
  cases,
  nobodies,
  escapes,
  rooms,
]
  .flatMap((kind) => [...kind()])
  // Cut or put together, an id may be that of somebody else who may.
  .filter(
    ({ input, person, assurance }) =>
      assurance === 0 || !REAL.some(([own, name]) => own === input && name === person),
  );
