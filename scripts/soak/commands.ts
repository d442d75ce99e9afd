import { type Command, messageOf, newCommand } from "@micro-bot/core";

/** Has its effect on the service that counts. */
export type Effect = (what: string, key?: string) => Promise<void>;

/** Commands by pattern. Each has a number of its own to work on, by which its effects and answers are known. */
export function soakCommands(effect: Effect): Readonly<Record<string, Command>> {
  const count = newCommand("count", "count N", "Has one effect, never two", async ([, n]) => {
    await effect(`count ${n}`);
    return `counted ${n}`;
  });
  const order = newCommand(
    "order",
    "order N",
    "Asks, says so, and then has one effect",
    async ([, n], ctx) => {
      const answer = await ctx.ask(`really order ${n}?`, { choices: ["yes", "no"], timeout: 120_000 });
      if (answer !== "yes") return `not ordered ${n}`;
      await ctx.reply(`ordering ${n}`);
      await ctx.once("order", async (key) => {
        await effect(`order ${n}`, key);
        return null;
      });
      return `ordered ${n}`;
    },
    { rerun: "safe" },
  );
  const defer = newCommand(
    "defer",
    "defer N",
    "Has N counted in half a second",
    async ([, n], ctx) => {
      try {
        await ctx.later({ at: Date.now() + 500 }, `count ${n}`);
        return `deferred ${n}`;
      } catch (error) {
        return `not deferred ${n}: ${messageOf(error)}`;
      }
    },
    { rerun: "safe" },
  );
  const probe = newCommand(
    "probe",
    "probe N",
    "Tells who answers",
    ([, n]) => `probed ${n} by ${process.pid}`,
    { rerun: "safe" },
  );
  return { "^count ": count, "^order ": order, "^defer ": defer, "^probe ": probe };
}
