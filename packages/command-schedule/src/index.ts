import { commands } from "@micro-bot/core";
import { schedule } from "./plugin.ts";

export { schedule } from "./plugin.ts";

for (const [pattern, command] of Object.entries(schedule())) commands.set(pattern, command);
