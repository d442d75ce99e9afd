import { streams } from "@micro-bot/core";
import { server } from "./plugin.ts";

export { server } from "./plugin.ts";

streams.set("server", server());
