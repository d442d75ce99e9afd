import { commands } from "@micro-bot/core";
import { basics } from "./plugin.ts";

export { basics } from "./plugin.ts";

for (const [pattern, create] of Object.entries(basics)) commands.set(pattern, create());
