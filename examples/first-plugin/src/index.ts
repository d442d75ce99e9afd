import { commands } from "@micro-bot/core";
import { shout } from "./plugin.ts";

commands.set("^shout( |$)", shout());
