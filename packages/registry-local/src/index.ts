import { registries } from "@micro-bot/core";
import { local } from "./plugin.ts";

registries.set("local", local());

export { local } from "./plugin.ts";
