import { BotError, type Content, QUOTE, quoted } from "@micro-bot/core";
import { byteLength, split } from "./split.ts";

/** RFC 2812 section 2.3: a line's bytes, with CRLF. */
const LINE_LENGTH = 512;
// Of RFC 2812 (63) and the servers' sources the larger; ISUPPORT says better where it speaks.
const USER_LENGTH = 11;
const HOST_LENGTH = 64;
/** In less than this nothing sensible can be said. */
const SHORTEST_TEXT = 64;
const VISIBLE = /[^\s\u0000-\u001f\u007f-\u009f]/u;

/** How long the parts of `:nick!user@host ` can be that the server puts before a line. */
export interface Mask {
  readonly nick: number;
  readonly user: number | undefined;
  readonly host: number | undefined;
}

/**
 * The PRIVMSG lines for a target. Counted is the longest that user and host may be, not what they are now: services change
 * hosts without a word. In a `channel` no line begins like an order to another bot. Throws `invalid` when there is nothing to say, or no place for it.
 */
export function compose(
  target: string,
  content: Content,
  {
    prefix,
    channel,
    most,
    mask,
  }: { readonly prefix: string; readonly channel: boolean; readonly most: number; readonly mask: Mask },
): string[] {
  const command = `PRIVMSG ${target} :`;
  const { nick, user = USER_LENGTH, host = HOST_LENGTH } = mask;
  const bytes = LINE_LENGTH - "\r\n".length - (":!@ ".length + nick + user + host) - byteLength(command);
  if (bytes < SHORTEST_TEXT) throw invalid(`the name of '${target.slice(0, 50)}…' is too long`);
  const text = inWords(content);
  if (!VISIBLE.test(text)) throw invalid("there is nothing to say");
  const { lines, more } = split(prefix + text, channel ? bytes - QUOTE.length : bytes, most);
  const note = more > 0 ? [`… ${more} more line${more === 1 ? "" : "s"} not shown`] : [];
  const safe = channel ? lines.map((line, i) => (i === 0 && prefix ? line : quoted(line))) : lines;
  return [...safe, ...note].map((line) => command + line);
}

// IRC has neither buttons nor files: both are told of in words.
function inWords({ data, choices = [], files = [] }: Content): string {
  const notes = files.map(({ name }) => `(the file ${name} cannot be sent over IRC)`);
  if (choices.length > 0) notes.push(`(${choices.join(" / ")})`);
  return [data, ...notes].join("\n");
}

function invalid(why: string): BotError {
  return new BotError("invalid", `[input-irc] ${why}`);
}
