export { splitArgs } from "./args.ts";
export { Bot, type BotOptions } from "./bot.ts";
export { flags } from "./flags.ts";
export { type Launch, run } from "./launch.ts";
export { openRegistry } from "./open-registry.ts";
