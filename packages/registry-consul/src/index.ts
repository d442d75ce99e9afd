import { registries } from "@micro-bot/core";
import { consul } from "./plugin.ts";

registries.set("consul", consul());

export { consul } from "./plugin.ts";
