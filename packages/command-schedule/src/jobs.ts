import { BotError, type Command, type Context, type Job, newCommand } from "@micro-bot/core";
import { formatTime, formatZone } from "@micro-bot/kit";
import { dueWords } from "./due.ts";
import { repeated } from "./repeat.ts";

/** Jobs in one list. */
const PAGE = 30;
/** What is shown of a text in a list, at most, in UTF-16 units. */
const GLIMPSE = 60;

/** `jobs`: one's own everywhere, and those of this room, the next first. */
export function jobs(zone: () => string): Command {
  return newCommand(
    "jobs",
    "jobs",
    "Lists your jobs, and those of this room",
    async (_args, ctx) => {
      const all = await ctx.jobs.list();
      if (all.length === 0) return "no jobs: 'in 10 minutes, ping' makes one";
      const lines = all
        .slice(0, PAGE)
        .map((job) => `${job.id}  ${dueWords(job.next, zone())}  ${glimpse(job.text)}`);
      return all.length > PAGE ? `${lines.join("\n")}\n… and ${all.length - PAGE} more` : lines.join("\n");
    },
    { reads: true, rerun: "safe" },
  );
}

/** `job ID`: all that is known of one. */
export function job(zone: () => string): Command {
  return newCommand(
    "job",
    "job [id]",
    "Shows a job",
    async (args, ctx) => {
      const id = idIn(args, 1, "job ID");
      const found = await ctx.jobs.get(id);
      return found ? shown(found, zone()) : unknown(id);
    },
    { reads: true, rerun: "safe" },
  );
}

/** `cancel job ID`: one's own. */
export function cancelJob(): Command {
  return newCommand("cancel job", "cancel job [id]", "Cancels a job of yours", (args, ctx) =>
    cancel(args, ctx, false),
  );
}

/** `drop job ID`: anybody's. */
export function dropJob(): Command {
  const exec: Command["exec"] = (args, ctx) => cancel(args, ctx, true);
  return newCommand("drop job", "drop job [id]", "Cancels a job of anybody", exec, { access: "operator" });
}

async function cancel(args: readonly string[], ctx: Context, anyones: boolean): Promise<string> {
  const id = idIn(args, 2, `${anyones ? "drop" : "cancel"} job ID`);
  return (await ctx.jobs.cancel(id, { anyones })) ? `job ${id.toLowerCase()} is cancelled` : unknown(id);
}

function idIn(args: readonly string[], at: number, usage: string): string {
  const id = args[at];
  if (!id) throw new BotError("invalid", `which job? write: ${usage}; 'jobs' lists them`);
  return id;
}

function unknown(id: string): string {
  return `there is no job '${id.slice(0, 20)}': 'jobs' lists yours`;
}

function shown({ id, text, when, next, person, made }: Job, zone: string): string {
  const often = "at" in when ? "once" : repeated(when);
  return [
    `job ${id}: ${text}`,
    `runs ${often}, next on ${dueWords(next, zone)}`,
    `made by ${person.person ?? person.room} in ${person.input}:${person.room} on ${formatTime(made, zone)}`,
    ...("cron" in when && when.zone !== zone ? [`its times are read in ${formatZone(next, when.zone)}`] : []),
  ].join("\n");
}

/** The beginning of a text, whole characters only as a person counts them: UAX #29. */
export function glimpse(text: string): string {
  if (text.length <= GLIMPSE) return text;
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);
  return `${text.slice(0, graphemes.containing(GLIMPSE)!.index)}…`;
}
