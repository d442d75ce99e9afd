import { commands, streams } from "@micro-bot/core";
import { audit } from "./plugin.ts";

export { audit } from "./plugin.ts";

const { stream, command } = audit();
streams.set("audit", stream);
commands.set("^audit( |$)", command);
