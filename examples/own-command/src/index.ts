import { commands } from "@micro-bot/core";
import { dice } from "./plugin.ts";

commands.set("^roll( |$)", dice());
