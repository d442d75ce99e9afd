import { inputs } from "@micro-bot/core";
import { xmpp } from "./plugin.ts";

inputs.set("xmpp", xmpp());

export { xmpp } from "./plugin.ts";
