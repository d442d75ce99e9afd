import { type Command, newCommand } from "@micro-bot/core";
import { PAGE, type Pages } from "./pages.ts";
import { fromRegistry } from "./services.ts";

/** `list services`: names only, sorted, one a line. */
export function list(pages: Pages): Command {
  return newCommand(
    "list",
    "list services",
    "Returns a list of registered services",
    async (_args, ctx) => {
      const names = await ctx.registry.list();
      return fromRegistry(ctx, pages.first(ctx, [...names].sort().join("\n") || "no services", PAGE));
    },
    { rerun: "safe" },
  );
}
