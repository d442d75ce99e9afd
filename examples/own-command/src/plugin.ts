import { BotError, type Command, type Flag, newCommand, type Values } from "@micro-bot/core";

const flags = [
  { name: "dice_sides", type: "number", default: 6, usage: "Sides of a die when none are said" },
] as const satisfies readonly Flag[];

/** `roll` or `roll 20`: a flag, a checked argument, and an error that helps. */
export function dice(random: () => number = Math.random): Command {
  let values: Values<typeof flags>;
  return newCommand(
    "roll",
    "roll [sides]",
    "Rolls a die",
    ([, typed]) => {
      const sides = typed === undefined ? values.dice_sides : Number(typed);
      if (!Number.isInteger(sides) || sides < 2)
        throw new BotError("invalid", `'${typed}' is not a number of sides: write 2 or more`);
      return `🎲 ${1 + Math.floor(random() * sides)}`;
    },
    {
      flags: () => flags,
      init: (ctx) => {
        values = ctx.flags(flags);
      },
    },
  );
}
