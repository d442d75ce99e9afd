import { commands } from "@micro-bot/core";
import { verbs } from "./plugin.ts";

export { verbs } from "./plugin.ts";

for (const [pattern, command] of Object.entries(verbs())) commands.set(pattern, command);
