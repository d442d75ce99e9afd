import { type Command, newCommand } from "@micro-bot/core";

/** Shows that the bot is there. */
export function ping(): Command {
  return newCommand("ping", "ping", "Returns pong", () => "pong", { reads: true, rerun: "safe" });
}
