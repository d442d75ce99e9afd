import { commands } from "@micro-bot/core";
import { deploy } from "./plugin.ts";

commands.set("^deploy( |$)", deploy());
