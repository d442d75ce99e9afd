/**
 * A setting, as data. The engine collects the flags of all linked plugins, parses the command line
 * (`--irc_server=…`, dashes work too), the environment (`MICRO_IRC_SERVER`) and `.env`, and makes help and docs from them.
 */
export interface Flag {
  /** Lower case with underscores, beginning with the plugin's own name: `irc_server`. */
  readonly name: string;
  /** One sentence, without a full stop. */
  readonly usage: string;
  /** Default `string`. A `list` is comma separated, a `duration` is written `500ms`, `30s`, `5m`, `2h`, `1d` and read as milliseconds. */
  readonly type?: "string" | "number" | "boolean" | "list" | "duration";
  readonly default?: string | number | boolean;
  /** The least a number or duration (in milliseconds) may be. */
  readonly min?: number;
  /** Without it the plugin, when used, stops the program with an error that names the flag. */
  readonly required?: boolean;
  /** Kept out of help, logs, replies and errors. */
  readonly secret?: boolean;
  /** The environment variable, where `MICRO_` and the name in capitals would be wrong. */
  readonly env?: string;
}

export type FlagValue = string | number | boolean | readonly string[];

type TypeOf<F extends Flag> = F["type"] extends "number" | "duration"
  ? number
  : F["type"] extends "boolean"
    ? boolean
    : F["type"] extends "list"
      ? readonly string[]
      : string;

type Settled<F extends Flag> = F extends
  | { readonly default: string | number | boolean }
  | { readonly required: true }
  ? TypeOf<F>
  : F["type"] extends "boolean" | "list"
    ? TypeOf<F>
    : TypeOf<F> | undefined;

/** Typed values of declared flags: write the declaration as `[...] as const satisfies readonly Flag[]`. */
export type Values<F extends readonly Flag[]> = {
  readonly [K in F[number] as K["name"]]: Settled<K>;
};

/** Gives a plugin the parsed values of the flags it declared; throws `config` for a missing required one. */
export type ReadFlags = <const F extends readonly Flag[]>(declared: F) => Values<F>;

/** The environment variable of a flag. */
export function envOf(flag: Flag): string {
  return flag.env ?? `MICRO_${flag.name.toUpperCase()}`;
}
