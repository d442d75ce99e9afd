import { type Command, messageOf, newCommand } from "@micro-bot/core";
import { askEach, type Columns, hasNoDebug } from "./each-node.ts";
import { needed } from "./services.ts";

const columns: Columns = {
  header: "status",
  answered({ value }) {
    const { status } = (value ?? {}) as { status?: unknown };
    // A node's words stay in its own row.
    return typeof status === "string" ? status.replace(/\s+/gu, " ") : "no status in the answer";
  },
  failed: (error) =>
    hasNoDebug(error) ? "reachable, no debug handler" : messageOf(error).replace(/\s+/gu, " "),
};

/** `health NAME`: every node asked at its own address. */
export function health(): Command {
  return newCommand(
    "health",
    "health [service]",
    "Returns health of a service",
    (args, ctx) => {
      const name = needed(args, 1, "require service name: health NAME");
      return askEach(ctx, name, "Debug.Health", columns);
    },
    { reads: true, rerun: "safe" },
  );
}
