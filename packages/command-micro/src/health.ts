import { type Command, messageOf, newCommand } from "@micro-bot/core";
import { askEach, type Columns, hasNoDebug, inRow } from "./each-node.ts";
import { needed } from "./services.ts";

const columns: Columns = {
  header: "status",
  answered({ value }) {
    const { status } = (value ?? {}) as { status?: unknown };
    return typeof status === "string" ? inRow(status) : "no status in the answer";
  },
  failed: (error) => (hasNoDebug(error) ? "reachable, no debug handler" : inRow(messageOf(error))),
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
