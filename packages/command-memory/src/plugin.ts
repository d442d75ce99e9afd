import type { Command, PluginContext } from "@micro-bot/core";
import { systemZone, zoneFlag } from "@micro-bot/kit";
import { forget, memories, recall, remember } from "./facts.ts";

export { forget, memories, recall, remember };

/** What a room remembers, by the pattern each command is registered under. */
export function memory(): Readonly<Record<string, Command>> {
  let zone: string | undefined;
  const init = (ctx: PluginContext) => {
    zone = zoneFlag(ctx.flags);
  };
  return {
    "^remember( |$)": remember(),
    "^recall( |$)": { ...recall(() => (zone ??= systemZone())), init },
    "^forget( |$)": forget(),
    "^memories( |$)": memories(),
  };
}
