import { BotError, type Command, newCommand } from "@micro-bot/core";

export function shout(): Command {
  return newCommand(
    "shout",
    "shout [text]",
    "Says it louder",
    (_args, { rest }) => {
      if (rest.trim() === "") throw new BotError("invalid", "shout what? Write it behind: shout hello");
      return rest.toUpperCase();
    },
    { reads: true },
  );
}
