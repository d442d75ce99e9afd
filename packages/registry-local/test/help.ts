import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Flag,
  type FlagValue,
  memoryStore,
  type PluginContext,
  type Registry,
  type RegistryEvent,
  type Service,
} from "@micro-bot/core";
import { onTestFinished } from "vitest";
import { local } from "../src/plugin.ts";

/** A folder that does not exist yet, removed when the test ends. */
export function newFolder(): string {
  const above = mkdtempSync(join(tmpdir(), "registry-local-"));
  onTestFinished(() => rmSync(above, { recursive: true, force: true }));
  return join(above, "registry");
}

/** A registry that was given these values of its flags; closed when the test ends. */
export function open(values: Record<string, FlagValue>): Registry {
  const registry = local();
  const write = () => {};
  registry.init?.({
    flags: ((declared: readonly Flag[]) =>
      Object.fromEntries(declared.map(({ name }) => [name, values[name]]))) as PluginContext["flags"],
    log: { debug: write, info: write, warn: write, error: write },
    store: memoryStore(),
    redact: (text) => text,
    commands: () => [],
  });
  onTestFinished(() => registry.close?.());
  return registry;
}

export function service(more: Partial<Service> = {}): Service {
  const { name = "go.micro.srv.greeter" } = more;
  return { name, version: "1.0.0", nodes: [{ id: `${name}-1`, address: "127.0.0.1:8080" }], ...more };
}

export function watching(registry: Registry): AsyncIterator<RegistryEvent> {
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  return registry.watch(ending.signal)[Symbol.asyncIterator]();
}

/** Reads until an event of that action has come. */
export async function until(
  events: AsyncIterator<RegistryEvent>,
  action: RegistryEvent["action"],
): Promise<RegistryEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`the watch ended before ${action}`);
    if (value.action === action) return value;
  }
}
