import type { Command } from "@micro-bot/core";
import { forget, memories, recall, remember } from "./facts.ts";

export { forget, memories, recall, remember };

/** What a room remembers, by the pattern each command is registered under. */
export function memory(): Readonly<Record<string, Command>> {
  return {
    "^remember( |$)": remember(),
    "^recall( |$)": recall(),
    "^forget( |$)": forget(),
    "^memories( |$)": memories(),
  };
}
