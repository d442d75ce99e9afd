import { type Command, newCommand } from "@micro-bot/core";
import { formatService } from "./format.ts";
import { fromRegistry, needed, versionsOf } from "./services.ts";

/** `get service NAME`: versions, nodes, endpoints and their types. */
export function get(): Command {
  return newCommand(
    "get",
    "get service [name]",
    "Returns a registered service",
    async (args, ctx) => {
      if (args[1] !== "service") return "unknown command...\nsupported commands: \nget service [name]";
      const name = needed(args, 2, "require service name: get service NAME");
      return fromRegistry(ctx, formatService(await versionsOf(ctx.registry, name)));
    },
    { reads: true, rerun: "safe" },
  );
}
