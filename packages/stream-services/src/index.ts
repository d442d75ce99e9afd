import { streams } from "@micro-bot/core";
import { services } from "./plugin.ts";

export { services } from "./plugin.ts";

streams.set("services", services());
