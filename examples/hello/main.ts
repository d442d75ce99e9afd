// A whole bot in one file: where it listens, what it can do, go. Try: echo 'hello' | node main.ts bot
import { commands, newCommand } from "@micro-bot/core";
import { run } from "@micro-bot/engine";
import "@micro-bot/input-console";

commands.set(
  "^hello( |$)",
  newCommand("hello", "hello [name]", "Greets you, or whom you name", (_args, { rest, person }) => {
    return `hello, ${rest || person.person}!`;
  }),
);

process.exit(await run({ argv: process.argv.slice(2), env: process.env, plugins: async () => {} }));
