import { testStream } from "@micro-bot/testkit";
import { access } from "../src/plugin.ts";

testStream({ name: "access", has: ["receive", "follow"], create: () => access() });
