import { BotError, type Command, type Context, newCommand } from "@micro-bot/core";
import { repeated } from "./jobs.ts";
import { type Phrase, readEvery, readOnce } from "./phrase.ts";
import { words } from "./zone.ts";

/** `in 10 minutes, COMMAND`, `at 17:30 COMMAND`, `tomorrow 9am COMMAND`. */
export function once(zone: () => string): Command {
  return newCommand(
    "in",
    "in [time], [command]",
    "Runs a command later: in 10 minutes, at 17:30, tomorrow 9am, on friday at 9",
    async (_args, ctx) => make(ctx, await readOnce(ctx.event.data.trim(), ctx.event.time, zone()), zone()),
    { rerun: "safe" },
  );
}

/** `every weekday at 9:00 COMMAND`, `every 5m COMMAND`. */
export function every(zone: () => string): Command {
  return newCommand(
    "every",
    "every [time], [command]",
    "Runs a command again and again: every 5m, every weekday at 9:00, every monday 8:30",
    async (_args, ctx) => make(ctx, readEvery(ctx.event.data.trim(), zone()), zone()),
    { rerun: "safe" },
  );
}

async function make(ctx: Context, phrase: Phrase, zone: string): Promise<string> {
  const { when, text } = phrase;
  if (text === "")
    throw new BotError("invalid", "run what? write a command behind the time, as in: in 10 minutes, ping");
  if (!ctx.commands.match(text))
    throw new BotError(
      "invalid",
      `I know no command '${text.split(/\s/u)[0]}', so nothing would run then: 'help' lists what I can do`,
    );
  const job = await ctx.later(when, text).catch((error: unknown) => {
    throw over(phrase, zone) ?? error;
  });
  const often = "at" in job.when ? "" : `${repeated(job.when)}, first `;
  return `job ${job.id}: '${text}' runs ${often}on ${words(job.next, zone)}; 'cancel job ${job.id}' stops it`;
}

/** Why a time that is over was refused, as its person said it. */
function over({ when, said }: Phrase, zone: string): BotError | undefined {
  if (!("at" in when) || when.at > Date.now()) return undefined;
  return new BotError("invalid", `'${said}' is over: it was on ${words(when.at, zone)}`);
}
