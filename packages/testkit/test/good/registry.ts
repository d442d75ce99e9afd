import { memoryRegistry, type Registry } from "@micro-bot/core";
import type { RegistrySuite } from "../../src/registry.ts";

/** A registry that keeps every rule: views of one reference registry. */
export function goodRegistry(): RegistrySuite {
  const backend = memoryRegistry();
  const view = (): Registry => ({ ...backend, stale: () => undefined, async close() {} });
  return { name: "good registry", ttl: 60, create: view, another: view };
}
