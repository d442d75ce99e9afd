import { inputs } from "@micro-bot/core";
import { consoleInput } from "./plugin.ts";

export { consoleInput } from "./plugin.ts";

inputs.set("console", consoleInput());
