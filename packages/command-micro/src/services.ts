import { BotError, type Content, type Context, type Registry, type Service } from "@micro-bot/core";

/** The client library, loaded when the first service is called: most commands have no use for it. */
export function micro(): Promise<typeof import("@micro-bot/micro")> {
  return import("@micro-bot/micro");
}

/** What reads typed JSON, loaded for the same reason. */
export function json(): Promise<typeof import("./json.ts")> {
  return import("./json.ts");
}

/** All versions of a service. Throws `not_found` when no node of it is known. */
export async function versionsOf(registry: Registry, name: string): Promise<readonly Service[]> {
  const services = await registry.get(name);
  if (services.length > 0) return services;
  const ill = await Promise.resolve(registry.unhealthy?.(name) ?? 0).catch(() => 0);
  const words =
    ill > 0
      ? `none of the nodes of ${name} is healthy: ${ill} registered, ${ill} failing their checks`
      : "Service not found";
  throw new BotError("not_found", words, { detail: { service: name } });
}

/** The argument at `index`, or an error that says what to type. */
export function needed(args: readonly string[], index: number, missing: string): string {
  const value = args[index];
  if (value === undefined || value === "") throw new BotError("invalid", missing);
  return value;
}

/** Text in columns, with a word when the registry did not answer and spoke from memory. */
export function fromRegistry({ registry }: Context, data: string): Content {
  const since = registry.stale?.();
  const note =
    since === undefined
      ? ""
      : `\n(the registry does not answer: this is as of ${new Date(since).toISOString()})`;
  return { data: `${data.trimEnd()}${note}`, format: "code" };
}

/** What was typed after the first `words` words of a command, with its spaces. */
export function textAfter({ event }: Context, args: readonly string[], words: number): string {
  // A shell has split its words already: what is left of them is the text.
  if (Array.isArray(event.meta.args)) return args.slice(words).join(" ");
  let rest = event.data.trim();
  for (let word = 0; word < words; word++) rest = rest.replace(/^\S+\s*/u, "");
  return rest;
}
