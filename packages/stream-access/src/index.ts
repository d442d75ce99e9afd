import { commands, streams } from "@micro-bot/core";
import { access, commandsOf, Guard } from "./plugin.ts";

export { access, commandsOf, Guard } from "./plugin.ts";

const guard = new Guard();
streams.set("access", access(guard));
for (const [pattern, command] of Object.entries(commandsOf(guard))) commands.set(pattern, command);
