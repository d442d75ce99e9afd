import type { Command, Flag, PluginContext } from "@micro-bot/core";
import { cancelJob, dropJob, job, jobs } from "./jobs.ts";
import { every, once } from "./make.ts";
import { checkZone, systemZone } from "./zone.ts";

const flags = [
  {
    name: "zone",
    usage: "Time zone in which times are read and shown, as in Europe/Berlin (default: the system's)",
  },
] as const satisfies readonly Flag[];

/** Commands at a later time, by the pattern each is registered under. They share one time zone. */
export function schedule(): Readonly<Record<string, Command>> {
  let zone: string | undefined;
  // Asked for late: the first look at a zone takes longer than a whole command from the shell may.
  const zoned = () => (zone ??= systemZone());
  const settings = {
    flags: () => flags,
    init(ctx: PluginContext) {
      const given = ctx.flags(flags).zone;
      if (given !== undefined) zone = checkZone(given);
    },
  };
  return {
    "^(in|at|on|today|tonight|tomorrow|next)( |$)": { ...once(zoned), ...settings },
    "^every( |$)": every(zoned),
    "^jobs$": jobs(zoned),
    "^job( |$)": job(zoned),
    "^cancel job( |$)": cancelJob(),
    "^drop job( |$)": dropJob(),
  };
}
