// A command as a service: while this runs, every bot that sees the same registry knows `dice`. In any language.
import { openRegistry } from "@micro-bot/engine";
import { service } from "@micro-bot/micro";
import "@micro-bot/registry-consul";
import "@micro-bot/registry-local";

const registry = await openRegistry({ argv: process.argv.slice(2), env: process.env });

function roll([, typed = "6"]: readonly string[]): { result?: string; error?: string } {
  const sides = Number(typed);
  if (!Number.isInteger(sides) || sides < 2) return { error: `'${typed}' is not a number of sides` };
  const text = `🎲 ${1 + Math.floor(Math.random() * sides)}`;
  // bytes, which JSON carries in base64
  return { result: Buffer.from(text).toString("base64") };
}

const dice = service({
  name: "go.micro.bot.dice",
  registry,
  // Rolling a die changes nothing, so anybody may.
  metadata: { access: "anyone" },
  handlers: {
    "Command.Help": () => ({ usage: "dice [sides]", description: "Rolls a die" }),
    "Command.Exec": ({ args }: { args: readonly string[] }) => roll(args),
  },
});

console.log(`the command dice is at ${await dice.start()}`);

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await dice.stop();
    process.exit(0);
  });
