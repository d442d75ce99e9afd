import { type Command, newCommand } from "@micro-bot/core";
import { fromRegistry } from "./services.ts";

/** `list services`: names only, sorted, one a line. */
export function list(): Command {
  return newCommand(
    "list",
    "list services",
    "Returns a list of registered services",
    async (_args, ctx) => {
      const names = await ctx.registry.list();
      return fromRegistry(ctx, [...names].sort().join("\n") || "no services");
    },
    { reads: true, rerun: "safe" },
  );
}
