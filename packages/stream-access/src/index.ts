import { streams } from "@micro-bot/core";
import { access } from "./plugin.ts";

export { access } from "./plugin.ts";

streams.set("access", access());
