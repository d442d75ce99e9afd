import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { BotError, envOf, type Flag, messageOf } from "@micro-bot/core";
import type { Env } from "./values.ts";

/** Values of secret flags that stand in files. */
export interface SecretFiles {
  /** By environment variable, as if they stood there. */
  readonly env: Env;
  /** What named the file, by flag. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Longest secret that is read from a file, in bytes. */
const LONGEST = 65_536;

/** The variable that names the file of a secret flag. */
export function fileEnvOf(flag: Flag): string {
  return `${envOf(flag)}_FILE`;
}

/**
 * Secret flags whose values stand in files: named by `MICRO_SLACK_TOKEN_FILE`, or of the flag's own
 * name in systemd's credentials (`LoadCredential=slack_token:/etc/…`, systemd.exec(5)). Throws `config` that names what
 * named the file when it cannot be read, or when the value is given twice.
 */
export function secretFiles(env: Env, declared: readonly Flag[]): SecretFiles {
  const values: Record<string, string> = {};
  const sources = new Map<string, string>();
  for (const flag of declared.filter(({ secret }) => secret)) {
    const [first, second] = sourcesOf(env, flag);
    if (!first) continue;
    if (second) throw twice(first.source, second.source);
    if (env[envOf(flag)]) throw twice(envOf(flag), first.source);
    values[envOf(flag)] = read(first.source, first.file);
    sources.set(flag.name, first.source);
  }
  return { env: values, sources };
}

/** The error for a secret that is given in two places. */
export function twice(one: string, other: string): BotError {
  return new BotError("config", `${one} and ${other} are both given: leave one out`);
}

function sourcesOf(env: Env, flag: Flag): { readonly source: string; readonly file: string }[] {
  const named = env[fileEnvOf(flag)];
  const credential = env.CREDENTIALS_DIRECTORY ? join(env.CREDENTIALS_DIRECTORY, flag.name) : undefined;
  return [
    ...(named ? [{ source: fileEnvOf(flag), file: named }] : []),
    ...(credential && existsSync(credential)
      ? [{ source: `CREDENTIALS_DIRECTORY/${flag.name}`, file: credential }]
      : []),
  ];
}

function read(source: string, file: string): string {
  const bytes = bytesOf(source, file);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BotError("config", `${source}: the file ${file} is no text in UTF-8`);
  }
  const value = text.replace(/\r?\n$/, "");
  if (value === "") throw new BotError("config", `${source}: the file ${file} is empty`);
  return value;
}

// Not readFileSync: what is named may be a pipe, or a device that never ends.
function bytesOf(source: string, file: string): Buffer {
  const bytes = Buffer.alloc(LONGEST + 1);
  let length = 0;
  try {
    const handle = openSync(file, "r");
    try {
      for (let got = 1; got > 0 && length < bytes.length; length += got)
        got = readSync(handle, bytes, length, bytes.length - length, null);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw new BotError("config", `${source}: the file ${file} cannot be read (${messageOf(cause)})`, {
      cause,
    });
  }
  if (length > LONGEST)
    throw new BotError(
      "config",
      `${source}: the file ${file} is longer than ${LONGEST} bytes: it holds more than a secret`,
    );
  return bytes.subarray(0, length);
}
