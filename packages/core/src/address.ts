import { BotError } from "./errors.ts";

/**
 * A place where people talk, on one input; with `person`, one of the people there.
 * Written as text `irc:#ops`, `email:ops@example.com`, `slack:C024BE91L?person=U061F7AUR&thread=1482960137.003543`.
 */
export interface Address {
  /** Name of the input. */
  readonly input: string;
  /** Channel, conversation or mailbox, by the network's own stable id where it has one. May be empty: the whole network. */
  readonly room: string;
  /** The network's stable id of a person, not the name shown. */
  readonly person?: string;
  /** The thread inside the room. */
  readonly thread?: string;
}

const INPUT = /^[a-z][a-z0-9_-]*$/;
// Only what would be read as something else is escaped, so that an address stays readable.
const RESERVED_IN_ROOM = /[%?\u0000-\u0020\u007f-\u00a0\u2028\u2029]/gu;
const RESERVED_IN_VALUE = /[%&\u0000-\u0020\u007f-\u00a0\u2028\u2029]/gu;

/** The address as text. `parseAddress` reads it back the same. */
export function formatAddress({ input, room, person, thread }: Address): string {
  let text = `${input}:${encode(room, RESERVED_IN_ROOM)}`;
  if (person !== undefined) text += `?person=${encode(person, RESERVED_IN_VALUE)}`;
  if (thread !== undefined)
    text += `${person === undefined ? "?" : "&"}thread=${encode(thread, RESERVED_IN_VALUE)}`;
  return text;
}

/** Reads `input:room?person=…&thread=…`. Throws `invalid`, naming the part at fault. */
export function parseAddress(text: string): Address {
  const colon = text.indexOf(":");
  if (colon < 0) throw invalid(text, "it has no input: write input:room, as in irc:#ops");
  const input = text.slice(0, colon);
  if (!INPUT.test(input)) throw invalid(text, `the input '${input}' is not a name in lower case`);
  const mark = text.indexOf("?", colon);
  const room = decode(text, text.slice(colon + 1, mark < 0 ? undefined : mark));
  const parts: { person?: string; thread?: string } = {};
  for (const pair of mark < 0 ? [] : text.slice(mark + 1).split("&")) {
    const equals = pair.indexOf("=");
    const key = pair.slice(0, Math.max(equals, 0));
    if (key !== "person" && key !== "thread") throw invalid(text, `'${pair}' is neither person= nor thread=`);
    if (parts[key] !== undefined) throw invalid(text, `${key} is given twice`);
    parts[key] = decode(text, pair.slice(equals + 1));
  }
  return { input, room, ...parts };
}

/** Whether two addresses name the same place and person. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.input === b.input && a.room === b.room && a.person === b.person && a.thread === b.thread;
}

function encode(text: string, reserved: RegExp): string {
  return text.toWellFormed().replace(reserved, (char) => encodeURIComponent(char));
}

function decode(whole: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(whole, "a % stands alone: write it as %25");
  }
}

function invalid(text: string, why: string): BotError {
  return new BotError("invalid", `address '${text}' cannot be read: ${why}`);
}
