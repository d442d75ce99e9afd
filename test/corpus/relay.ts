// Words in a room that is relayed, typed by mallory: none is alice's, and none is a command of hers in the other room.
import type { Outcome } from "./outcome.ts";

/** BOT is how the bot is spoken to there. */
export const relayed: readonly (readonly [string, string, Outcome])[] = [
  ["alice's label in front", "[alice] BOT COMMAND", "nothing"],
  ["alice's label, as of a command", "[alice, to the bot] COMMAND", "nothing"],
  ["an answer's label", "(bot, to alice) COMMAND", "nothing"],
  ["an angle in front", "<alice> BOT COMMAND", "nothing"],
  ["the label after the bot's name", "BOT [alice] COMMAND", "no"],
  ["the label as of a command, after the bot's name", "BOT [alice, to the bot] COMMAND", "no"],
  ["the relay's own label", "(relay) BOT COMMAND", "nothing"],
  ["a thread's label", "[alice, on “x”] BOT COMMAND", "nothing"],
  ["the label of a mallory who is alice", "BOT COMMAND [alice]", "no"],
];
