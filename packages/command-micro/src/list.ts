import { type Command, newCommand } from "@micro-bot/core";
import { fromRegistry } from "./services.ts";

const NONE = "no services";
const NO_OTHERS = "no other services";
/** What somebody who runs services and sees none needs to know: they are told elsewhere. */
const ELSEWHERE = `go-micro's services find each other by mDNS unless they are told otherwise, and I do not listen there. Start them with
MICRO_REGISTRY=consul MICRO_REGISTRY_ADDRESS=127.0.0.1:8500 (or --registry=consul --registry_address=127.0.0.1:8500),
and me with the same: 'status' shows which registry I use.`;

/** What is there when nobody registered anything: the registry, and the bot itself. */
const ALWAYS = new Set(["consul", "go.micro.bot"]);

/** `list services`: names only, sorted, one a line. */
export function list(): Command {
  return newCommand(
    "list",
    "list services",
    "Returns a list of registered services",
    async (_args, ctx) => {
      const names = await ctx.registry.list();
      return fromRegistry(ctx, [...[...names].sort(), ...missing(names)].join("\n"));
    },
    { reads: true, rerun: "safe" },
  );
}

function missing(names: readonly string[]): string[] {
  if (names.some((name) => !ALWAYS.has(name))) return [];
  return [names.length === 0 ? NONE : NO_OTHERS, ELSEWHERE];
}
