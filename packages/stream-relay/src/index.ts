import { streams } from "@micro-bot/core";
import { relay } from "./plugin.ts";

export { relay } from "./plugin.ts";

streams.set("relay", relay());
