import { relative } from "node:path";
import { type Input, registries, streams } from "@micro-bot/core";
import type { RawValues } from "./values.ts";

export interface Start {
  /** As `--version` prints it. */
  readonly version: string;
  /** The link file; undefined: the program's own list. */
  readonly link: string | undefined;
  readonly cwd: string;
  readonly inputs: readonly Input[];
  /** The store's URL. */
  readonly store: string;
  readonly values: RawValues;
}

/** What the bot is made of, in the one line that the log begins with: what one asks first when something is wrong. */
export function startLine({ version, link, cwd, inputs, store, values }: Start): string {
  const parts = [
    `link file ${link === undefined ? "built in" : relative(cwd, link) || link}`,
    `inputs ${inputs.map(({ name }) => name).join(", ")}`,
    `store ${withoutSecrets(store)}`,
    `registry ${values.get("registry") ?? `the first there is of ${detected()}`}`,
    `operators ${operators(values)}`,
  ];
  return `${version}: ${parts.join("; ")}`;
}

function detected(): string {
  const names = [...registries].filter(([, registry]) => registry.detect).map(([name]) => name);
  return names.join(", ") || [...registries.keys()].join(", ");
}

function operators(values: RawValues): string {
  if (!streams.has("access")) return "nobody, as no stream 'access' is linked";
  const named = values.get("operators");
  return Array.isArray(named) && named.length > 0
    ? named.join(", ")
    : "nobody but whoever is at this terminal";
}

/** A store's URL without its user, password and options. */
function withoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/].*@/is, "$1").replace(/[?#].*$/s, "");
}
