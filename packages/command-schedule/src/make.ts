import {
  BotError,
  type Command,
  type CommandList,
  type Context,
  newCommand,
  type When,
} from "@micro-bot/core";
import { formatTime } from "@micro-bot/kit";
import { dueWords } from "./due.ts";
import { judge } from "./judge.ts";
import { firstWord, type Phrase } from "./phrase.ts";
import { readBeforeEvery, readEvery } from "./read-every.ts";
import { readOnce } from "./read-once.ts";
import { repeated } from "./repeat.ts";

/** What is shown of a command that cannot be run, in UTF-16 units. */
const MAX_SHOWN = 60;

/** `in 10 minutes, COMMAND`, `at 17:30 COMMAND`, `tomorrow 9am COMMAND`. */
export function once(zone: () => string): Command {
  return newCommand(
    "in",
    "in [time], [command]",
    "Runs a command later: in 10 minutes, at 17:30, tomorrow 9am, on friday at 9, at 5pm UTC",
    async (_args, ctx) => make(ctx, zone()),
    { rerun: "safe" },
  );
}

/** `every weekday at 9:00 COMMAND`, `every 5m COMMAND`. */
export function every(zone: () => string): Command {
  return newCommand(
    "every",
    "every [time], [command]",
    "Runs a command again and again: every 5m, every weekday at 9:00, every 2 hours on weekdays",
    async (_args, ctx) => make(ctx, zone()),
    { rerun: "safe" },
  );
}

async function make(ctx: Context, zone: string): Promise<string> {
  const phrase = await checked(ctx.event.data.trim(), ctx.event.time, zone, ctx.commands);
  const { when, text } = phrase;
  const job = await ctx.later(when, text).catch((error: unknown) => {
    throw passed(phrase, Date.now(), zone) ?? error;
  });
  return `job ${job.id}: '${text}' runs ${often(job.when, zone)}on ${dueWords(job.next, zone)}; 'cancel job ${job.id}' stops it`;
}

/** Reads a phrase, and whether its command will be one when it runs: a job inside of a job is read in the same way. */
async function checked(typed: string, now: number, zone: string, commands: CommandList): Promise<Phrase> {
  const phrase = await read(typed, now, zone);
  judge(phrase, commands);
  const { text, when } = phrase;
  const command = commands.match(text);
  if (!command) throw unknown(text, commands);
  if (command.name !== "in" && command.name !== "every") return phrase;
  const then = "at" in when ? when.at : now;
  const inner = await checked(text, then, zone, commands);
  const over = passed(inner, then, zone);
  if (over) throw over;
  return phrase;
}

function unknown(text: string, commands: CommandList): BotError {
  const word = firstWord(text);
  const near = commands.match(word);
  const why = near
    ? `'${text.slice(0, MAX_SHOWN)}' is not how '${near.name}' is written (${near.usage})`
    : `I know no command '${word}'`;
  return new BotError("invalid", `${why}, so nothing would run then: 'help' lists what I can do`);
}

async function read(typed: string, now: number, zone: string): Promise<Phrase> {
  if (/^every\b/iu.test(typed)) return readEvery(typed, zone);
  return readBeforeEvery(typed, zone) ?? (await readOnce(typed, now, zone));
}

/** `every weekday at 09:00 (UTC), first `, of a job that runs more than once. */
function often(when: When, zone: string): string {
  if ("at" in when) return "";
  const there = "cron" in when && when.zone !== zone ? ` (${when.zone})` : "";
  return `${repeated(when)}${there}, first `;
}

/** Why a time that has passed was refused, as its person said it. */
function passed({ when, said }: Phrase, now: number, zone: string): BotError | undefined {
  if (!("at" in when) || when.at > now) return undefined;
  return new BotError("invalid", `'${said}' has already passed: it was on ${formatTime(when.at, zone)}`);
}
