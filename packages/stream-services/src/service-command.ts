import { BotError, type Command, newCommand } from "@micro-bot/core";
import { type Client, shortened } from "@micro-bot/micro";

/** How long a service may take to say what it is, in milliseconds. */
const HELP_TIMEOUT = 2000;
/** How long it may take to run; the bot's own deadline stops it earlier. */
const EXEC_TIMEOUT = 600_000;
/** Bytes of its answer to that: two lines of text. */
const MAX_HELP = 64 * 1024;
/** Characters of an error that are told. */
const MAX_ERROR = 4096;
/** Characters of a usage or description that are shown. */
const LONGEST = 200;

/** What `Command.Help` answers. */
export interface Help {
  readonly usage: string;
  readonly description: string;
}

/** A service's command, and who may run it. */
export interface About extends Help {
  readonly access: "anyone" | "operator";
}

/** Asks a service what its command is called and does. */
export async function help(client: Client, service: string, signal: AbortSignal): Promise<Help> {
  const { value } = await client.call(
    service,
    "Command.Help",
    {},
    { timeout: HELP_TIMEOUT, maxAnswer: MAX_HELP, signal, idempotent: true },
  );
  const { usage, description } = fields(value);
  return { usage: line(usage), description: line(description) };
}

/** A command that a service carries out: `Command.Exec` with all its words, the command's own included. */
export function serviceCommand(client: Client, service: string, word: string, about: About): Command {
  return newCommand(
    word,
    about.usage || word,
    about.description,
    async (args, { signal, maxReply }) => {
      const { value } = await client.call(
        service,
        "Command.Exec",
        { args: [...args] },
        { timeout: EXEC_TIMEOUT, signal },
      );
      const { result, error } = fields(value);
      if (typeof error === "string" && error !== "") throw new BotError("failed", error.slice(0, MAX_ERROR));
      // bytes, which JSON carries in base64
      const text = typeof result === "string" ? Buffer.from(result, "base64").toString("utf8") : "";
      return text.length > maxReply ? shortened(text, maxReply) : text;
    },
    { access: about.access },
  );
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function line(text: unknown): string {
  return typeof text === "string"
    ? text
        .slice(0, 10 * LONGEST)
        .replace(/[\s\p{Cc}]+/gu, " ")
        .trim()
        .slice(0, LONGEST)
    : "";
}
