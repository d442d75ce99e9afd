import { stores } from "@micro-bot/core";
import { sqlite } from "./plugin.ts";

stores.set("sqlite", sqlite);

export { sqlite } from "./plugin.ts";
