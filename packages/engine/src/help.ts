import { type Command, envOf, type Flag } from "@micro-bot/core";
import { fileEnvOf } from "./secret-files.ts";
import { placeholder } from "./values.ts";

export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

const WIDTH = 34;

/** What `micro --help` and `micro bot --help` print. Values of secret flags are never shown. */
export function helpText(groups: readonly FlagGroup[], commands: readonly Command[]): string {
  const lines = [
    "micro bot [flags]              start the bot",
    "micro [flags] COMMAND [words]  run one command here, as in: micro ping",
    "",
    "Commands:",
    ...commands.map(({ usage, description }) => row(usage, description)),
    "",
    "Flags may be written with dashes, come from the environment (MICRO_ and the name in capitals) or from a file .env.",
    "Secrets are best given in a file: one that MICRO_ and the name and _FILE names, or of systemd's credentials.",
  ];
  for (const { title, flags } of groups)
    if (flags.length > 0) lines.push("", `${title}:`, ...flags.map((flag) => row(left(flag), right(flag))));
  return `${lines.join("\n")}\n`;
}

function left(flag: Flag): string {
  return flag.type === "boolean" ? `--${flag.name}` : `--${flag.name}=${placeholder(flag)}`;
}

function right(flag: Flag): string {
  const notes = [
    flag.required && "required",
    flag.secret && "secret",
    flag.default !== undefined && !flag.secret && `default ${flag.default}`,
    flag.env && envOf(flag),
    flag.secret && `or a file by ${fileEnvOf(flag)}`,
  ].filter(Boolean);
  return notes.length > 0 ? `${flag.usage} (${notes.join(", ")})` : flag.usage;
}

function row(a: string, b: string): string {
  return a.length < WIDTH ? `  ${a.padEnd(WIDTH)}${b}` : `  ${a}\n  ${" ".repeat(WIDTH)}${b}`;
}
