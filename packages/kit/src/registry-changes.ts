import type { Node, RegistryEvent, Service } from "@micro-bot/core";

/** What turns the versions of one service as they were into those that are: nodes that went first. */
export function registryChanges(before: readonly Service[], after: readonly Service[]): RegistryEvent[] {
  return [...gone(before, after), ...changed(before, after)];
}

function gone(before: readonly Service[], after: readonly Service[]): RegistryEvent[] {
  const left = new Set(after.flatMap(({ nodes }) => nodes.map((node) => node.id)));
  return before
    .map((service) => ({ ...service, nodes: service.nodes.filter((node: Node) => !left.has(node.id)) }))
    .filter(({ nodes }) => nodes.length > 0)
    .map((service) => ({ action: "delete", service }));
}

function changed(before: readonly Service[], after: readonly Service[]): RegistryEvent[] {
  const known = new Map(before.map((service) => [service.version, JSON.stringify(service)]));
  return after
    .filter((service) => known.get(service.version) !== JSON.stringify(service) && !onlyLost(before, service))
    .map((service, index) => ({ action: before.length === 0 && index === 0 ? "create" : "update", service }));
}

// A version that merely lost nodes was told by their `delete`.
function onlyLost(before: readonly Service[], service: Service): boolean {
  const old = before.find(({ version }) => version === service.version);
  if (old === undefined) return false;
  const left = new Set(service.nodes.map((node) => node.id));
  const kept = { ...old, nodes: old.nodes.filter((node) => left.has(node.id)) };
  return JSON.stringify(kept) === JSON.stringify(service);
}
