import type { Event } from "@micro-bot/core";
import { isVouchedFor } from "./auth-results.ts";
import { automaticReason } from "./automatic.ts";
import { commandOf, type Said } from "./command.ts";
import { isOwnId } from "./ids.ts";
import type { Mail } from "./mail.ts";

export interface ReadOptions {
  /** The bot's. */
  readonly address: string;
  /** The server whose word on senders is taken. */
  readonly authserv?: string | undefined;
  /** When the mail came in, in milliseconds since 1970. */
  readonly time: number;
  /** The envelope had no sender: RFC 5321, section 4.5.5. */
  readonly noReply?: boolean | undefined;
  /** The thread that it belongs to, as far as anybody knows. */
  readonly thread: string | undefined;
}

/** An event, and why its words are no command, for who wrote them. */
export interface Heard {
  readonly event: Event;
  readonly refused?: string | undefined;
}

/** As many of a thread's ids as go into a reply: the first, and the last. */
const MOST_REFERENCES = 60;
/** Where nothing is asked: it is no Message-ID. */
const NO_THREAD = "no command";
const LONGEST_SUBJECT = 1000;

/** Whether the bot wrote it, or something that passed its mail on. */
export function isOwn(mail: Mail, address: string): boolean {
  if (mail.from === address || (mail.id !== undefined && isOwnId(mail.id, address))) return true;
  return mail.headers.all("x-loop").some((value) => value.toLowerCase() === address);
}

/** What a mail says; undefined when nobody in particular wrote it. */
export function hearMail(
  mail: Mail,
  { address, authserv, time, noReply, thread }: ReadOptions,
): Heard | undefined {
  const { from, headers, subject, body } = mail;
  if (from === undefined) return undefined;
  const said = sayingOf(mail);
  const signs = { subject, text: said.beginning ?? "", calendar: body.calendar };
  const automatic = noReply ? "a bounce" : automaticReason(headers, from, signs);
  const vouched =
    authserv !== undefined && isVouchedFor(headers.all("authentication-results"), authserv, from);
  const addressed = automatic === undefined && mail.recipients.includes(address);
  const isCommand = automatic === undefined && said.refused === undefined;
  // A person's holiday notice comes into the very thread where the bot has asked them something: it is no answer.
  const place = { input: "email", room: from, ...where(isCommand ? thread : NO_THREAD) };
  const event: Event = {
    id: mail.key,
    type: "text",
    from: { ...place, person: from },
    to: { ...place, person: address },
    data: said.text,
    addressed: addressed && isCommand,
    assurance: vouched ? 1 : 0,
    time,
    ...namesOf(mail),
    meta: { ...notesOf(mail), ...(automatic !== undefined && { automatic }) },
  };
  return { event, refused: addressed ? said.refused : undefined };
}

function sayingOf({ body, subject, references }: Mail): Said {
  const { texts, unread } = body;
  return commandOf({ bodies: texts, subject, answers: references.length > 0, unread });
}

function where(thread: string | undefined) {
  return thread === undefined ? {} : { thread };
}

function namesOf({ id, body: { files } }: Mail): Pick<Event, "names"> {
  if (id === undefined && files.length === 0) return {};
  return { names: { ...(id !== undefined && { message: id }), ...(files.length > 0 && { files }) } };
}

/** What is needed to answer a mail in its thread. */
export function notesOf({ id, references, subject }: Mail): Event["meta"] {
  return {
    ...(id !== undefined && { messageId: id }),
    references: shortened(references),
    subject: subject.slice(0, LONGEST_SUBJECT).toWellFormed(),
  };
}

function shortened(ids: readonly string[]): string[] {
  return ids.length <= MOST_REFERENCES ? [...ids] : [ids[0]!, ...ids.slice(1 - MOST_REFERENCES)];
}
