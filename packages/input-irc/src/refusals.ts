import type { ErrorCode } from "@micro-bot/core";

/** Numerics that refuse a PRIVMSG and name its target: RFC 2812 section 5.2, and modern.ircdocs.horse/#numerics. */
const SEND: ReadonlyMap<string, ErrorCode> = new Map([
  ["401", "failed"], // no such nick
  ["403", "failed"], // no such channel
  ["404", "denied"], // cannot send to channel
  ["407", "failed"], // too many targets
  ["439", "limited"], // targets change too fast
  ["477", "denied"], // only for people with an account
  ["486", "denied"], // the same, for direct messages
  ["489", "denied"], // the channel is for TLS only
  ["492", "denied"],
  ["494", "denied"],
  ["531", "denied"], // the person does not want it
  ["716", "denied"], // the person is asked first (+g)
]);

/** Numerics that refuse a JOIN. */
const JOIN: ReadonlySet<string> = new Set(
  "403 405 407 437 470 471 473 474 475 476 477 479 480 485 489 495 520".split(" "),
);

/** What a numeric says of a message to its target; undefined when it says nothing of that. */
export function sendRefusal(numeric: string): ErrorCode | undefined {
  return SEND.get(numeric);
}

/** Whether a numeric says that a channel was not joined. */
export function joinRefusal(numeric: string): boolean {
  return JOIN.has(numeric);
}
