import { streams } from "@micro-bot/core";
import { summary } from "./plugin.ts";

streams.set("summary", summary());
