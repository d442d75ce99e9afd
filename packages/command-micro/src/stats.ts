import { type Command, newCommand } from "@micro-bot/core";
import { askEach, type Columns, hasNoDebug } from "./each-node.ts";
import { goDuration, goMegabytes, goStamp } from "./go.ts";
import { needed } from "./services.ts";

const SECOND = 1_000_000_000n;

const columns: Columns = {
  header: "started\tuptime\tmemory\tthreads\tgc",
  answered({ value }) {
    // Numbers from 2016's JSON, strings from protobuf's, and absent where they are 0.
    const field = (name: string) => whole((value as Record<string, unknown> | null)?.[name]);
    return [
      goStamp(field("started")),
      goDuration(field("uptime") * SECOND),
      goMegabytes(field("memory")),
      field("threads"),
      goDuration(field("gc")),
    ].join("\t");
  },
  // The Go CLI leaves the columns of a node that failed empty, but for its threads.
  failed: (error) => (hasNoDebug(error) ? "reachable, no debug handler" : "\t\t\t0\t"),
};

/** `stats NAME`: uptime, memory, threads and time spent collecting garbage, of every node. */
export function stats(): Command {
  return newCommand(
    "stats",
    "stats [service]",
    "Returns stats of a service",
    (args, ctx) => {
      const name = needed(args, 1, "require service name: stats NAME");
      return askEach(ctx, name, "Debug.Stats", columns);
    },
    { reads: true, rerun: "safe" },
  );
}

function whole(value: unknown): bigint {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return /^-?\d{1,20}$/.test(text) ? BigInt(text) : 0n;
}
