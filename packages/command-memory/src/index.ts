import { commands } from "@micro-bot/core";
import { memory } from "./plugin.ts";

export { memory } from "./plugin.ts";

for (const [pattern, command] of Object.entries(memory())) commands.set(pattern, command);
