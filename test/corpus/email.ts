// Mails that seem to be alice's. The server whose word counts is mx.example.test.
import { domainToUnicode } from "node:url";
import type { Outcome } from "./outcome.ts";

export interface MailForgery {
  readonly name: string;
  /** The head, without To, Subject and Message-ID. */
  readonly head: readonly string[];
  readonly outcome: Outcome;
  /** Who is told no; alice, whose address it bears, where absent. */
  readonly told?: string;
}

export const ALICE = "alice@example.test";
export const MALLORY = "mallory@evil.test";

const from = `From: ${ALICE}`;
const AR = "Authentication-Results:";
const pass = `${AR} mx.example.test; dmarc=pass header.from=example.test`;
const real = `${AR} mx.example.test; dmarc=none header.from=evil.test; spf=pass smtp.mailfrom=${MALLORY}`;
const evil = `${AR} mx.example.test; dmarc=pass header.from=evil.test; dkim=pass header.d=evil.test`;

// Alice in From, and nobody whose word counts that says so.
const unvouched: readonly (readonly [string, readonly string[]])[] = [
  ["no word of any server", [from]],
  ["a check that failed", [`${AR} mx.example.test; dmarc=fail header.from=example.test`, from]],
  ["only a check of another domain", [real, from]],
  ["a signature of another domain", [`${AR} mx.example.test; dkim=pass header.d=evil.test`, from]],
  [
    "another domain's signature for alice",
    [`${AR} mx.example.test; dkim=pass header.d=evil.test header.i=${ALICE}`, from],
  ],
  ["a host's name at hello", [`${AR} mx.example.test; spf=pass smtp.helo=example.test`, from]],
  ["a check that is neutral", [`${AR} mx.example.test; spf=neutral smtp.mailfrom=${ALICE}`, from]],
  [
    "a signature that counts, and DMARC that fails",
    [`${AR} mx.example.test; dkim=pass header.d=example.test; dmarc=fail header.from=example.test`, from],
  ],
  ["the word of another server", [pass.replace("mx.example.test", "mx.evil.test"), from]],
  [
    "the word of a server whose name begins so",
    [pass.replace("mx.example.test", "mx.example.test.evil.test"), from],
  ],
  [
    "the word of a server whose name ends so",
    [pass.replace("mx.example.test", "evil.mx.example.test"), from],
  ],
  ["the word of a server with a Cyrillic letter", [pass.replace("mx.example.test", "mx.ехample.test"), from]],
  ["a word that came with the mail, below the server's own", [real, pass, from]],
  ["two words that came with the mail", [real, pass, from, pass]],
  ["a word below one that cannot be read", [`${AR} mx.example.test; spf=fail reason="`, pass, from]],
  ["a word below an empty one", [`${AR} mx.example.test; none`, pass, from]],
  [
    "a word that is folded into the server's own as a comment",
    [`${AR} mx.example.test; dmarc=none\r\n (; dmarc=pass header.from=example.test)`, from],
  ],
  [
    "a word that is quoted in the server's own",
    [`${AR} mx.example.test; spf=fail reason="; dmarc=pass header.from=example.test"`, from],
  ],
  [
    "a word in the envelope's address, quoted by the server",
    [
      `${AR} mx.example.test; spf=pass smtp.mailfrom="x; dmarc=pass header.from=example.test"@evil.test`,
      from,
    ],
  ],
  [
    "a word of the server's name in a comment",
    [`${AR} (mx.example.test) mx.evil.test; dmarc=pass header.from=example.test`, from],
  ],
  ["a word in another header", [`X-${pass}`, from]],
  ["a word in a chain", [`ARC-${pass.replace(": ", ": i=1; ")}`, from]],
  [
    "a word in a header's name with a space",
    [pass.replace("Results:", "Results :").replace("mx.", "mx.evil."), from],
  ],
  [
    "a word in an encoded word",
    [`X-Name: =?utf-8?q?x=0D=0A${pass.replace(/ /gu, "_").replace(/=/gu, "=3D")}?=`, from],
  ],
  ["a word after the head", [from, "MIME-Version: 1.0", 'Content-Type: text/plain; x="', ` ${pass}"`]],
  ["a domain that begins so", [`${AR} mx.example.test; dmarc=pass header.from=example.test.evil.test`, from]],
  ["a domain that ends so", [`${AR} mx.example.test; dmarc=pass header.from=evilexample.test`, from]],
  ["a sub-domain", [`${AR} mx.example.test; dkim=pass header.d=sub.example.test`, from]],
  ["the domain above", [`${AR} mx.example.test; dkim=pass header.d=test`, from]],
  [
    "an address in an address",
    [`${AR} mx.example.test; spf=pass smtp.mailfrom=example.test@evil.test`, from],
  ],
  [
    "a result that is said twice",
    [`${AR} mx.example.test; dmarc=pass header.from=evil.test header.from=example.test`, from],
  ],
  ["a NUL in the word", [`${AR} mx.example.test; dmarc=pass header.from=example.test\0.evil.test`, from]],
  ["the domain in Punycode", [`${AR} mx.example.test; dmarc=pass header.from=xn--exmple-4nf.test`, from]],
  ["Sender", [evil, from, `Sender: ${MALLORY}`]],
  ["capitals", [evil, "From: ALICE@EXAMPLE.TEST"]],
  ["spaces round the address", [evil, `From:   <  ${ALICE}  >  `]],
  ["a folded From", [evil, `From:\r\n ${ALICE}`]],
  ["a comment after it", [evil, `From: ${ALICE} (really)`]],
];

// Mallory in From, with alice shown in another place.
const shown: readonly (readonly [string, readonly string[]])[] = [
  ["alice's address as the name", [evil, `From: "${ALICE}" <${MALLORY}>`]],
  ["alice's address as the name, encoded", [evil, `From: =?utf-8?q?alice=40example.test?= <${MALLORY}>`]],
  [
    "alice's address as the name, in base64",
    [evil, `From: =?utf-8?b?${Buffer.from(ALICE).toString("base64")}?= <${MALLORY}>`],
  ],
  ["alice's address in angles in the name", [evil, `From: "a\\" <${ALICE}>, x" <${MALLORY}>`]],
  ["alice's address in a comment", [evil, `From: (${ALICE}) ${MALLORY}`]],
  ["alice's address in a comment after the name", [evil, `From: Alice (<${ALICE}>) <${MALLORY}>`]],
  ["Sender is alice", [evil, `From: ${MALLORY}`, `Sender: ${ALICE}`]],
  ["Reply-To is alice", [evil, `From: ${MALLORY}`, `Reply-To: ${ALICE}`]],
  ["sent again by alice", [evil, `Resent-From: ${ALICE}`, `Resent-Sender: ${ALICE}`, `From: ${MALLORY}`]],
  ["Return-Path is alice", [evil, `Return-Path: <${ALICE}>`, `From: ${MALLORY}`]],
  [
    "X-From, X-Original-From and X-Sender are alice",
    [evil, `From: ${MALLORY}`, `X-From: ${ALICE}`, `X-Original-From: ${ALICE}`, `X-Sender: ${ALICE}`],
  ],
  ["On behalf of alice", [evil, `From: ${MALLORY}`, `On-Behalf-Of: ${ALICE}`]],
];

const others: readonly (readonly [string, string, string?])[] = [
  ["a domain that ends as another", "alice@example.test.evil.test"],
  ["a sub-domain's alice", "alice@mail.example.test"],
  ["a domain in Punycode", "alice@xn--exmple-4nf.test", `alice@${domainToUnicode("xn--exmple-4nf.test")}`],
  ["a part after a plus", "alice+x@example.test.evil.test"],
  ["a letter for another", "a1ice@evil.test"],
];

// A From that two readers may read in two ways names nobody.
const nobody: readonly (readonly [string, readonly string[]])[] = [
  ["two From headers, alice first", [from, `From: ${MALLORY}`]],
  ["two From headers, alice last", [`From: ${MALLORY}`, from]],
  ["the same From twice, in other letters", [from, "from : ALICE@example.test"]],
  ["two addresses", [`From: ${ALICE}, ${MALLORY}`]],
  ["two addresses, alice last", [`From: ${MALLORY}, ${ALICE}`]],
  ["a group", [`From: team: ${ALICE};`]],
  ["an empty group and an address", [`From: nobody:;, ${ALICE}`]],
  ["a bare address before another", [`From: ${ALICE} <${MALLORY}>`]],
  ["an address after the angles", [`From: <${ALICE}> ${MALLORY}`]],
  ["two angles", [`From: <${ALICE}><${MALLORY}>`]],
  ["an encoded address", ["From: =?utf-8?q?alice=40example.test?="]],
  ["an encoded address in angles", ["From: <=?utf-8?q?alice=40example.test?=>"]],
  ["a source route", [`From: <@evil.test:${ALICE}>`]],
  ["a percent route", ["From: <alice%example.test@>"]],
  ["an unfinished quote", [`From: "${ALICE}`]],
  ["an unfinished comment", [`From: ${ALICE} (${MALLORY}`]],
  ["a NUL after the address", [`From: ${ALICE}\0`]],
  ["a NUL before another", [`From: ${ALICE}\0 <${MALLORY}>`]],
  ["a dot at the end", ["From: alice@example.test."]],
  ["two dots", ["From: alice@example..test"]],
  ["a quoted local part", ['From: "alice"@example.test']],
  ["a space in it", ["From: alice @example.test"]],
  ["a letter that is not seen", ["From: alice@example.test\u200b"]],
  ["a Cyrillic letter", ["From: аlice@example.test"]],
  ["a Cyrillic domain", ["From: alice@ехample.test"]],
  ["a full-width sign", ["From: alice＠example.test"]],
  ["no From, but a Sender", [`Sender: ${ALICE}`]],
  ["an empty From", ["From: ", `Sender: ${ALICE}`]],
];

export const mailForgeries: readonly MailForgery[] = [
  ...unvouched.map(([name, head]): MailForgery => ({ name, head, outcome: "no" })),
  ...shown.map(([name, head]): MailForgery => ({ name, head, outcome: "no", told: MALLORY })),
  ...others.map(
    ([name, address, told = address]): MailForgery => ({
      name,
      head: [pass, `From: ${address}`],
      outcome: "no",
      told,
    }),
  ),
  // With the best word that there can be: who it is about must be plain.
  ...nobody.map(([name, head]): MailForgery => ({ name, head: [pass, ...head], outcome: "nothing" })),
  {
    name: "an automatic mail of alice's",
    head: [pass, from, "Auto-Submitted: auto-replied"],
    outcome: "nothing",
  },
  {
    name: "a mailing list's mail of alice's",
    head: [pass, from, "List-Id: <ops.example.test>"],
    outcome: "nothing",
  },
];
