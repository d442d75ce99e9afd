import { deflateSync } from "node:zlib";
import {
  type Flag,
  type FlagValue,
  memoryStore,
  type PluginContext,
  type Registry,
  type RegistryEvent,
  type Service,
} from "@micro-bot/core";
import { consul } from "../src/plugin.ts";

export const lines: string[] = [];

/** A registry that was given these values of its flags. */
export function open(values: Record<string, FlagValue>): Registry {
  const registry = consul();
  const write = (fields: object, message: string) => void lines.push(`${JSON.stringify(fields)} ${message}`);
  const context: PluginContext = {
    flags: ((declared: readonly Flag[]) =>
      Object.fromEntries(
        declared.map((flag) => [flag.name, values[flag.name] ?? unset(flag)]),
      )) as PluginContext["flags"],
    log: { debug: write, info: write, warn: write, error: write },
    store: memoryStore(),
    redact: (text) => text,
    commands: () => [],
  };
  registry.init?.(context);
  return registry;
}

function unset(flag: Flag): FlagValue | undefined {
  if (flag.type === "list") return [];
  if (flag.type === "boolean") return false;
  return flag.type === "duration" ? 5_000 : undefined;
}

let count = 0;

/** A service of a name that no other test uses. */
export function service(more: Partial<Service> = {}): Service {
  const name = `go.micro.srv.test${process.pid}-${++count}`;
  return {
    name,
    version: "1.0.0",
    nodes: [{ id: `${more.name ?? name}-1`, address: "10.0.0.1:8080" }],
    ...more,
  };
}

/** Reads until an event of that service and action has come. */
export async function until(
  events: AsyncIterator<RegistryEvent>,
  action: RegistryEvent["action"],
  name: string,
): Promise<RegistryEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`the watch ended before ${action} of ${name}`);
    if (value.action === action && value.service.name === name) return value;
  }
}

export function zlibTag(kind: string, text: string): string {
  return `${kind}-${deflateSync(text).toString("hex")}`;
}
