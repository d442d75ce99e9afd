import type { Service } from "@micro-bot/core";

/** Records of single nodes of one service as its versions, sorted; nodes by id. */
export function versionsOf(services: readonly Service[]): Service[] {
  const sorted = services.toSorted((a, b) => compare(a.nodes[0]!.id, b.nodes[0]!.id));
  return [...Map.groupBy(sorted, (service) => service.version)]
    .sort(([a], [b]) => compare(a, b))
    .map(([, group]) => ({ ...group[0]!, nodes: group.flatMap(({ nodes }) => nodes) }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
