import { BotError, type Content, type Event } from "@micro-bot/core";
import { byteLength, clean, neutralizeBotCommands, QUOTE, splitText } from "@micro-bot/kit";
import { onOneLine } from "./json-line.ts";
import { isChannel } from "./text.ts";

/** RFC 2812 section 2.3: a line's bytes, with CRLF. */
const LINE_LENGTH = 512;
// Of RFC 2812 (63) and the servers' sources the larger; ISUPPORT says better where it speaks.
const USER_LENGTH = 11;
const HOST_LENGTH = 64;
/** In less than this nothing sensible can be said. */
const SHORTEST_TEXT = 64;
/** How a line begins that says what somebody does, `/me`: modern.ircdocs.horse/ctcp. */
const ACTION = "\u0001ACTION ";
const VISIBLE = /[^\s\u0000-\u001f\u007f-\u009f]/u;

/** How long the parts of `:nick!user@host ` can be that the server puts before a line. */
export interface Mask {
  readonly nick: number;
  readonly user?: number | undefined;
  readonly host?: number | undefined;
}

/** Where an event goes: a channel, those of a rank in it who were heard, or a nick. Empty: nowhere. */
export function targetOf({ to, meta }: Event): string {
  if (typeof meta.target === "string" && meta.target.slice(1) === to.room) return meta.target;
  return to.room || nickOf({ to, meta }) || "";
}

/**
 * The PRIVMSG lines of an event, made as they are asked for. Counted is the longest that user and host may be, not what
 * they are now: services change hosts without a word. In a channel no line begins like an order to another bot. Throws
 * `invalid` when there is nothing to say, or no place for it.
 */
export function* compose(event: Event, mask: Mask): Generator<string> {
  const target = targetOf(event);
  const channel = isChannel(target);
  const prefix = channel && event.to.person ? `${nickOf(event)}: ` : "";
  const command = `PRIVMSG ${target} :`;
  const { nick, user = USER_LENGTH, host = HOST_LENGTH } = mask;
  const whole = LINE_LENGTH - "\r\n".length - (":!@ ".length + nick + user + host) - byteLength(command);
  const bytes = whole - (channel ? QUOTE.length : 0) - (event.action ? ACTION.length + 1 : 0);
  if (bytes < SHORTEST_TEXT) throw invalid(`the name of '${target.slice(0, 50)}…' is too long`);
  const text = inWords(event, bytes - byteLength(prefix));
  if (!VISIBLE.test(text)) throw invalid("there is nothing to say");
  let first = prefix !== "";
  for (const line of linesOf(prefix + text, bytes)) {
    const safe = channel && !first ? neutralizeBotCommands(line) : line;
    yield command + (event.action ? `${ACTION}${safe}\u0001` : safe);
    first = false;
  }
}

/** A newline always ends a line of IRC's, and blank ones are not sent; tabs show as anything. */
export function* linesOf(text: string, bytes: number): Generator<string> {
  for (const line of clean(text).replaceAll("\t", " ").split("\n"))
    yield* splitText(line.trimEnd(), bytes, { gaps: [" "] });
}

function nickOf({ to, meta }: Pick<Event, "to" | "meta">): string | undefined {
  return typeof meta.nick === "string" ? meta.nick : to.person;
}

// IRC has neither buttons nor files: both are told of in words.
function inWords({ data, format, choices = [], files = [] }: Content, bytes: number): string {
  const notes = files.map(({ name }) => `(the file ${name} cannot be sent over IRC)`);
  if (choices.length > 0) notes.push(`(${choices.join(" / ")})`);
  const line = format === "code" ? onOneLine(data) : undefined;
  const fits = line !== undefined && byteLength(line) <= bytes;
  return [fits ? line : data, ...notes].join("\n");
}

function invalid(why: string): BotError {
  return new BotError("invalid", `[input-irc] ${why}`);
}
