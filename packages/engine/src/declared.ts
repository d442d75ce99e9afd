import { BotError, commands, type Flag, inputs, type Plugin, registries, streams } from "@micro-bot/core";
import { flags as engineFlags } from "./flags.ts";
import type { FlagGroup } from "./help.ts";

/** Flags of the program itself, which are no settings of the bot. */
const programFlags = [
  { name: "help", type: "boolean", usage: "Show this" },
  { name: "version", type: "boolean", usage: "Show the version" },
] as const satisfies readonly Flag[];

const TYPES: readonly unknown[] = [undefined, "string", "number", "boolean", "list", "duration"];
const NAME = /^[a-z][a-z0-9_]*$/;

/** The flags of the bot and of all that is linked. Throws `config` for what is no flag, naming whose it is. */
export function flagGroups(): FlagGroup[] {
  const kinds: readonly (readonly [string, Iterable<readonly [string, Plugin]>])[] = [
    ["Input", inputs],
    ["Registry", registries],
    ["Stream", streams],
  ];
  const plugins = kinds.flatMap(([kind, map]) =>
    [...map].map(([name, plugin]) => groupOf(`${kind} ${name}`, plugin)),
  );
  const ofCommands = [...new Set(commands.values())].map((command) =>
    groupOf(`Command ${command.name}`, command),
  );
  return [{ title: "Bot", flags: [...engineFlags, ...programFlags] }, ...plugins, ...ofCommands];
}

/** All of them. Throws `config` for a name that is declared twice. */
export function declaredFlags(groups: readonly FlagGroup[]): readonly Flag[] {
  const owners = new Map<string, string>();
  for (const { title, flags } of groups)
    for (const { name } of flags) {
      const first = owners.get(name);
      if (first !== undefined)
        throw new BotError("config", `--${name} is declared twice: by ${first} and ${title}`);
      owners.set(name, title);
    }
  return groups.flatMap(({ flags }) => flags);
}

function groupOf(title: string, plugin: Plugin): FlagGroup {
  const flags: unknown = plugin.flags?.() ?? [];
  if (!Array.isArray(flags)) throw new BotError("config", `${title}: flags() gives no list of flags`);
  for (const flag of flags) check(title, flag as Partial<Flag> | undefined | null);
  return { title, flags };
}

function check(title: string, flag: Partial<Flag> | undefined | null): void {
  const bad = (what: string) => new BotError("config", `${title}: flags() gives ${what}`);
  if (typeof flag?.name !== "string" || !NAME.test(flag.name))
    throw bad(`a flag named '${flag?.name}': a name is lower case with underscores, as irc_server`);
  if (typeof flag.usage !== "string") throw bad(`'${flag.name}' without a usage`);
  if (!TYPES.includes(flag.type))
    throw bad(`'${flag.name}' of the type '${flag.type}': types are ${TYPES.slice(1).join(", ")}`);
}
