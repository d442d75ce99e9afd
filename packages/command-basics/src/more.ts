import { type Command, newCommand } from "@micro-bot/core";

/** The rest of what was too long for one reply, a page at a time. */
export function more(): Command {
  return newCommand(
    "more",
    "more",
    "Returns the rest of what was too long for one reply",
    async (_args, ctx) => ((await ctx.more()) ? undefined : "there is no more"),
    { reads: true, rerun: "safe" },
  );
}
