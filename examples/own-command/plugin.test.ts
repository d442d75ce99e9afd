import { testCommand } from "@micro-bot/testkit";
import { dice } from "./src/plugin.ts";

testCommand({
  name: "roll",
  pattern: "^roll( |$)",
  create: () => dice(() => 0.5),
  examples: [
    { say: "roll", answers: "🎲 4" },
    { say: "roll 20", answers: "🎲 11" },
    { say: "roll one", throws: "invalid" },
  ],
});
