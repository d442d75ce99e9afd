import type { Log } from "@micro-bot/core";
import type { DestinationStream } from "pino";
import type { Redact } from "./secrets.ts";

/** What of the log waits while it cannot be written, in bytes. */
const MAX_UNWRITTEN = 1_048_576;

export interface LogOptions {
  readonly level: string;
  readonly redact: Redact;
  /** Colours and short lines for a person; otherwise one JSON object a line. */
  readonly pretty: boolean;
}

/** The bot's log, on stderr. pino is loaded here, so that a one-shot command need not wait for it. */
export async function pinoLog({ level, redact, pretty }: LogOptions): Promise<Log> {
  const { pino } = await import("pino");
  const options = { level, base: null, hooks: { streamWrite: redact } };
  const stderr = pino.destination({ fd: 2, sync: true, maxLength: MAX_UNWRITTEN });
  // A full disk or a terminal that is gone must not end the bot: what the log cannot take is tried again, then dropped.
  stderr.on("error", () => {});
  const log: Log = pino(options, pretty ? await prettyStream(stderr) : stderr);
  return log;
}

/** Warnings and errors as plain lines on stderr: for a command run from the shell, whose person was told some already. */
export function plainLog(redact: Redact, write: (text: string) => void): Log {
  const line = (fields: object, message: string) => {
    if (!("told" in fields)) write(`micro: ${redact(message)}\n`);
  };
  return { debug: () => {}, info: () => {}, warn: line, error: line };
}

async function prettyStream(destination: DestinationStream): Promise<NodeJS.WritableStream> {
  const { default: pretty } = await import("pino-pretty");
  return pretty({ destination, colorize: true, translateTime: "SYS:HH:MM:ss" });
}
