export { Bot, type BotOptions } from "./bot.ts";
export { flags } from "./flags.ts";
export { type Launch, run } from "./launch.ts";
export { splitArgs } from "./line/args.ts";
export { openRegistry } from "./open-registry.ts";
