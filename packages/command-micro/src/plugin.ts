import type { Command } from "@micro-bot/core";
import { call } from "./call.ts";
import { deregister, register } from "./change.ts";
import { get } from "./get.ts";
import { health } from "./health.ts";
import { list } from "./list.ts";
import { stats } from "./stats.ts";
import { stream } from "./stream.ts";

export { call, deregister, get, health, list, register, stats, stream };

/** The verbs of the micro CLI, by the pattern each is registered under. */
export function verbs(): Readonly<Record<string, Command>> {
  return {
    "^(list( services)?|services)$": list(),
    "^get( |$)": get(),
    "^health( |$)": health(),
    "^stats( |$)": stats(),
    "^(call|query)( |$)": call(),
    "^stream( |$)": stream(),
    "^register( |$)": register(),
    "^deregister( |$)": deregister(),
  };
}
