import { type Command, newCommand } from "@micro-bot/core";
import { formatService } from "./format.ts";
import { PAGE, type Pages } from "./pages.ts";
import { fromRegistry, needed, versionsOf } from "./services.ts";

/** `get service NAME`: versions, nodes, endpoints and their types. */
export function get(pages: Pages): Command {
  return newCommand(
    "get",
    "get service [name]",
    "Returns a registered service",
    async (args, ctx) => {
      if (args[1] !== "service") return "unknown command...\nsupported commands: \nget service [name]";
      const name = needed(args, 2, "require service name: get service NAME");
      const text = formatService(await versionsOf(ctx.registry, name));
      return fromRegistry(ctx, pages.first(ctx, text.trimEnd(), PAGE));
    },
    { rerun: "safe" },
  );
}
