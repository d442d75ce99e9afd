import { inputs } from "@micro-bot/core";
import { slack } from "./plugin.ts";

inputs.set("slack", slack());

export { slack } from "./plugin.ts";
