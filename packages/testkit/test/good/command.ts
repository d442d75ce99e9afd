import { BotError, newCommand } from "@micro-bot/core";
import type { CommandSuite } from "../../src/command.ts";

/** A command that keeps every rule, and replies in all ways there are. */
export function goodCommand(): CommandSuite {
  return {
    name: "good command",
    pattern: "^echo( |$)",
    create: () =>
      newCommand("echo", "echo [text]", "Says the text again", async function* (args, ctx) {
        if (args.length === 1) throw new BotError("invalid", "echo what?");
        await ctx.reply(`${args.length - 1} words`);
        await new Promise((resolve) => setImmediate(resolve));
        yield { data: ctx.rest };
        for (let more = 1; args[1] === "forever" && !ctx.signal.aborted; more++) {
          await new Promise((resolve) => setImmediate(resolve));
          if (more === 10) return;
        }
      }),
    examples: [
      { say: "echo a  b", answers: ["2 words", "a  b"] },
      { say: "Echo one", answers: [/^1/, "one"] },
      { say: "echo", throws: "invalid" },
      { say: "echo forever", answers: ["1 words", "forever"] },
    ],
  };
}
