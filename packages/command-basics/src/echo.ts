import { type Command, type Context, newCommand } from "@micro-bot/core";

/** Says what was said, with its spaces. */
export function echo(): Command {
  return newCommand("echo", "echo [text]", "Returns the [text]", answer, { reads: true, rerun: "safe" });
}

function answer(_args: readonly string[], { rest }: Context): string {
  return rest.trim() === "" ? "echo what?" : rest;
}
