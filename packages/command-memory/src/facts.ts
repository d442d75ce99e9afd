import {
  BotError,
  type Command,
  type Context,
  hasFields,
  type Json,
  newCommand,
  type Rows,
} from "@micro-bot/core";
import { ellipsis, formatTime } from "@micro-bot/kit";

/** A remembered value, and who said it when. */
interface Fact {
  /** The key as it was typed. */
  readonly key: string;
  readonly value: string;
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const PREFIX = "fact/";
const FACT = { key: "string", value: "string", by: "string", at: "number" } as const;
const rows: Rows = { [PREFIX]: { fits: (value) => hasFields(value, FACT) } };
/** Facts in one list. */
const PAGE = 30;
/** Characters of a key, and of a value in a list. */
const LONGEST_KEY = 100;
const GLIMPSE = 80;

/** `remember KEY is VALUE`: for all in this room. */
export function remember(): Command {
  return newCommand(
    "remember",
    "remember [key] is [value]",
    "Remembers something for this room",
    async (_args, ctx) => {
      const [key, value] = halves(ctx.rest);
      const before = await factOf(ctx, key);
      const fact: Fact = { key, value, by: ctx.person.person ?? ctx.person.room, at: ctx.event.time };
      await ctx.memory.room.set(placeOf(key), fact as unknown as Json);
      if (before === undefined || before.value === value) return `I will remember that ${key} is ${value}`;
      return `I will remember that ${key} is ${value}; it was ${before.value}`;
    },
    { rows },
  );
}

/** `recall KEY`: with who said it, and when, in the zone of `--zone`. */
export function recall(zone: () => string): Command {
  return newCommand(
    "recall",
    "recall [key]",
    "Tells what was remembered",
    async (_args, ctx) => {
      const key = keyIn(ctx.rest, "recall");
      const fact = await factOf(ctx, key);
      if (!fact) return `I remember nothing of '${key}' here: 'memories' lists what I do`;
      return `${fact.key} is ${fact.value} (${fact.by}, ${formatTime(fact.at, zone())})`;
    },
    { reads: true, rerun: "safe", rows },
  );
}

/** `forget KEY`. */
export function forget(): Command {
  const exec = async (_args: readonly string[], ctx: Context) => {
    const key = keyIn(ctx.rest, "forget");
    const fact = await factOf(ctx, key);
    if (!fact) return `I remember nothing of '${key}' here`;
    await ctx.memory.room.delete(placeOf(key));
    return `forgotten: ${fact.key} was ${fact.value}`;
  };
  return newCommand("forget", "forget [key]", "Forgets what was remembered", exec, { rows });
}

/** `memories [PREFIX]`: keys in order, each with a glimpse of its value. */
export function memories(): Command {
  return newCommand(
    "memories",
    "memories [prefix]",
    "Lists what is remembered in this room",
    async (_args, ctx) => {
      const prefix = folded(ctx.rest);
      const lines: string[] = [];
      for await (const { value } of ctx.memory.room.list(placeOf(prefix))) {
        if (lines.length === PAGE)
          return `${lines.join("\n")}\n… and more: 'memories PREFIX' shows those that begin so`;
        const fact = value as unknown as Fact;
        lines.push(`${fact.key} is ${glimpse(fact.value)}`);
      }
      if (lines.length > 0) return lines.join("\n");
      return prefix === ""
        ? "I remember nothing here yet"
        : `I remember nothing here that begins with '${prefix}'`;
    },
    { reads: true, rerun: "safe", rows },
  );
}

/** The words before the first ` is `, and those after it. */
function halves(rest: string): readonly [key: string, value: string] {
  const [, key = "", value = ""] = /^\s*(.*?)\s+is\s+(.*\S)\s*$/isu.exec(rest) ?? [];
  if (key === "" || value === "")
    throw new BotError(
      "invalid",
      "remember what? write: remember KEY is VALUE, as in: remember on call is Ann",
    );
  return [checked(key), value];
}

function keyIn(rest: string, verb: string): string {
  if (rest.trim() === "") throw new BotError("invalid", `${verb} what? write: ${verb} KEY`);
  return checked(rest.trim());
}

function checked(key: string): string {
  if (key.length > LONGEST_KEY)
    throw new BotError(
      "invalid",
      `the key has ${key.length} characters, and I keep ${LONGEST_KEY}: make it shorter`,
    );
  return key.replace(/\s+/gu, " ");
}

async function factOf(ctx: Context, key: string): Promise<Fact | undefined> {
  return (await ctx.memory.room.get(placeOf(key))) as unknown as Fact | undefined;
}

// Letter case and spaces are not remembered by people either.
function folded(key: string): string {
  return key.trim().replace(/\s+/gu, " ").normalize("NFKC").toLowerCase();
}

function placeOf(key: string): string {
  return `${PREFIX}${folded(key)}`;
}

function glimpse(value: string): string {
  return ellipsis(value.replace(/\s+/gu, " "), GLIMPSE);
}
