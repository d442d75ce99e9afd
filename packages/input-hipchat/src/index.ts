import { inputs } from "@micro-bot/core";
import { hipchat } from "./plugin.ts";

inputs.set("hipchat", hipchat());

export { hipchat } from "./plugin.ts";
