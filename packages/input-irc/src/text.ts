import { clean } from "@micro-bot/kit";

/** mIRC colours (`^C4,1`), hex colours (`^D00ff00`), and the one-character codes: modern.ircdocs.horse/formatting. */
const FORMATTING =
  /\u0003(?:\d{1,2}(?:,\d{1,2})?)?|\u0004(?:[\da-f]{6}(?:,[\da-f]{6})?)?|[\u0002\u000f\u0011\u0016\u001d-\u001f]/giu;
const ACTION = /^\u0001ACTION(?: (.*?))?\u0001?$/su;
/** A PRIVMSG's text as the person meant it. */
export interface Said {
  readonly text: string;
  /** A `/me` line. */
  readonly action: boolean;
}

/** Reads a PRIVMSG's text; undefined for a CTCP request other than ACTION: modern.ircdocs.horse/ctcp. */
export function readText(raw: string): Said | undefined {
  const action = ACTION.exec(raw);
  if (!action && raw.startsWith("\u0001")) return undefined;
  const text = action ? (action[1] ?? "") : raw;
  return { text: clean(text.replace(FORMATTING, "")).replaceAll("\n", " ").trim(), action: action !== null };
}

// RFC 2812, section 2.3.1, without its limits on length and letters, which networks set by themselves. Excluded is
// what a server reads as something other than one person or one channel: lists, masks, servers, modes.
const NICK = /^[^\s\u0000-\u001f\u007f,:!@*?$%.&#~+][^\s\u0000-\u001f\u007f,:!@*?$%.&#]*$/u;
const CHANNEL = /^[~&@%+]?[#&+!][^\s\u0000-\u001f\u007f,]+$/u;

/** Whether this can be one person's nick. */
export function isNick(text: string): boolean {
  return NICK.test(text);
}

/** Whether this can be one channel, or (`@#ops`) those of a rank in it. */
export function isChannel(text: string): boolean {
  return CHANNEL.test(text);
}
