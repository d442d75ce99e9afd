import { inputs } from "@micro-bot/core";
import { irc } from "./plugin.ts";

inputs.set("irc", irc());

export { irc } from "./plugin.ts";
