import { type Command, newCommand, type Reply, type Status } from "@micro-bot/core";
import { formatAge, textTable } from "@micro-bot/kit";

/** How every part of the bot is doing. `now` is the clock, in milliseconds since 1970. */
export function status(now: () => number = Date.now): Command {
  return newCommand(
    "status",
    "status",
    "Returns how every part of the bot is doing",
    (_args, ctx): Reply => ({ data: table(ctx.status(), now()), format: "code" }),
    { reads: true, rerun: "safe" },
  );
}

function table(parts: readonly Status[], now: number): string {
  if (parts.length === 0) return "nothing reports a status";
  const age = (since: number | undefined) => (since === undefined ? "" : formatAge(now - since));
  return textTable(parts.map(({ name, state, since, note = "" }) => [name, state, age(since), note]));
}
