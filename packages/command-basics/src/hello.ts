import { type Command, newCommand } from "@micro-bot/core";

/** A greeting. */
export function hello(): Command {
  return newCommand("hello", "hello", "Returns a greeting", () => "hey what's up?", {
    reads: true,
    rerun: "safe",
  });
}
