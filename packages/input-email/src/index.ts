import { inputs } from "@micro-bot/core";
import { email } from "./plugin.ts";

inputs.set("email", email());

export { email } from "./plugin.ts";
