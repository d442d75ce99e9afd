import type { Command } from "@micro-bot/core";
import { type CommandSuite, testCommand } from "../../src/command.ts";
import { goodCommand } from "../good/command.ts";
import { type Breaks, registerBroken } from "./break.ts";

/** Other members for the command. */
const command =
  (change: (command: Command) => Partial<Command>) =>
  (good: CommandSuite): CommandSuite => ({
    ...good,
    create() {
      const one = good.create();
      return { ...one, ...change(one) };
    },
  });

const pattern = (text: string) => (good: CommandSuite) => ({ ...good, pattern: text });

const never = new Promise<never>(() => {});

const breaks: Breaks<CommandSuite> = {
  "name, usage and description are one line each": command(() => ({ description: "Says\nit again" })),
  "access, rerun and timeout are what the contract knows": command(() => ({ access: "admin" as "operator" })),
  "the pattern compiles as RE2 and does not match everything": pattern("^(?=echo)"),
  "usage begins with its word, which the pattern matches": command(() => ({ usage: "[text] echo" })),
  "the pattern matches every example, in capitals too": pattern("^echo a"),
  "every example is answered as it says": command(() => ({ exec: () => "pong" })),
  "answers are text, or content with text": command(() => ({
    exec: () => ({ data: 42 as unknown as string }),
  })),
  "it does not change its arguments or the event": command((good) => ({
    exec(args, ctx) {
      const answer = good.exec([...args], ctx);
      (args as string[]).shift();
      return answer;
    },
  })),
  "it ends when its signal aborts": command((good) => ({
    exec: (args, ctx) => (ctx.signal.aborted ? never : good.exec(args, ctx)),
  })),
  "what it throws has words for a person": command(() => ({
    exec() {
      throw undefined;
    },
  })),
  "odd words are answered or refused, and break nothing": command(() => ({
    exec: (args) => JSON.parse(args[1] ?? "{}"),
  })),
  "one that says it only reads sends, asks for and keeps nothing": command((good) => ({
    reads: true,
    async exec(args, ctx) {
      await ctx.memory.room.set("last", args.join(" "));
      return (await good.exec(args, ctx)) as string;
    },
  })),
  "runs side by side do not mix": command((good) => {
    let last: Parameters<Command["exec"]> | undefined;
    return {
      async *exec(...call) {
        last = call;
        await new Promise((resolve) => setImmediate(resolve));
        yield* good.exec(last[0], last[1]) as AsyncIterable<string>;
      },
    };
  }),
};

registerBroken("command", testCommand, goodCommand, breaks);
