import { type Followers, follow } from "./followers.ts";
import type { Node, Registry, RegistryEvent, Service } from "./registry.ts";

interface Row {
  readonly service: Service;
  readonly node: Node;
  readonly until: number;
}

/** The reference registry: one process sees it. Nodes past their time are gone when next looked for. */
export function memoryRegistry(now: () => number = Date.now): Registry {
  const rows = new Map<string, Row>();
  const followers: Followers<RegistryEvent> = new Set();

  function tell(event: RegistryEvent): void {
    for (const follower of followers) follower(event);
  }

  function live(): Row[] {
    for (const [key, row] of rows) if (row.until <= now()) drop(key, row);
    return [...rows.values()];
  }

  function drop(key: string, { service, node }: Row): void {
    rows.delete(key);
    tell({ action: "delete", service: { ...service, nodes: [node] } });
  }

  return {
    async list() {
      return [...new Set(live().map((row) => row.service.name))].sort();
    },
    async get(name) {
      const versions = Map.groupBy(
        live().filter((row) => row.service.name === name),
        (row) => row.service.version,
      );
      return [...versions]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, group]) =>
          structuredClone({ ...group.at(-1)!.service, nodes: group.map((row) => row.node).sort(byId) }),
        );
    },
    async register(service, { ttl }) {
      const known = live().some((row) => row.service.name === service.name);
      const until = ttl === 0 ? Infinity : now() + ttl;
      for (const node of service.nodes)
        rows.set(keyOf(service, node), structuredClone({ service, node, until }));
      tell({ action: known ? "update" : "create", service });
    },
    async deregister(service) {
      for (const node of service.nodes) {
        const row = rows.get(keyOf(service, node));
        if (row) drop(keyOf(service, node), row);
      }
    },
    watch: (signal) => follow(followers, signal, () => true),
  };
}

function keyOf(service: Service, node: Node): string {
  return JSON.stringify([service.name, node.id]);
}

function byId(a: Node, b: Node): number {
  return a.id < b.id ? -1 : 1;
}
