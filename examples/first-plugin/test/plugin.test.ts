import { testCommand } from "@micro-bot/testkit";
import { shout } from "../src/plugin.ts";

testCommand({
  name: "shout",
  pattern: "^shout( |$)",
  create: shout,
  examples: [
    { say: "shout hello", answers: "HELLO" },
    { say: "shout", throws: "invalid" },
  ],
});
