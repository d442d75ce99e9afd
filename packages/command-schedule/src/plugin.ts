import type { Command, PluginContext } from "@micro-bot/core";
import { systemZone, zoneFlag } from "@micro-bot/kit";
import { cancelJob, dropJob, job, jobs } from "./jobs.ts";
import { every, once } from "./make.ts";

/** Commands at a later time, by the pattern each is registered under. They share one time zone. */
export function schedule(): Readonly<Record<string, Command>> {
  let zone: string | undefined;
  // Asked for late: the first look at a zone takes longer than a whole command from the shell may.
  const zoned = () => (zone ??= systemZone());
  const settings = {
    init(ctx: PluginContext) {
      zone = zoneFlag(ctx.flags);
    },
  };
  return {
    "^(in|at|on|today|tonight|tomorrow|next)([ ,]|$)": { ...once(zoned), ...settings },
    "^every( |$)": every(zoned),
    "^jobs$": jobs(zoned),
    "^job( |$)": job(zoned),
    "^cancel job( |$)": cancelJob(),
    "^drop job( |$)": dropJob(),
  };
}
