import type { Endpoint, Node, Service, Value } from "@micro-bot/core";
import { snakeCase } from "./snake.ts";

/** One node's answer, for a table. */
export interface NodeRow {
  readonly service: Service;
  readonly node: Node;
  readonly columns: string;
}

/**
 * A service as `micro get service` prints it: the form of 2016, with the address column as `host:port`.
 * Versions, nodes and metadata are in sorted order; endpoints are the first version's.
 */
export function formatService(services: readonly Service[]): string {
  const versions = [...services].sort(byVersion);
  const lines = [`service  ${versions[0]!.name}`];
  for (const { version, nodes } of versions) {
    lines.push(`\nversion ${version}\n`, "Id\tAddress\tMetadata");
    for (const node of [...nodes].sort(byId))
      lines.push(`${node.id}\t${node.address}\t${pairs(node.metadata)}`);
  }
  for (const endpoint of versions[0]!.endpoints ?? []) lines.push(...formatEndpoint(endpoint));
  return lines.join("\n");
}

/** Rows of nodes under their versions, as `micro health` and `micro stats` print them. */
export function formatNodes(header: string, rows: readonly NodeRow[]): string {
  const lines = [`service  ${rows[0]?.service.name ?? ""}`];
  for (const [version, group] of Map.groupBy(rows, (row) => row.service.version)) {
    lines.push(`\nversion ${version}\n`, `node\t\taddress:port\t\t${header}`);
    for (const { node, columns } of group) lines.push(`${node.id}\t\t${node.address}\t\t${columns}`);
  }
  return lines.join("\n");
}

/** All nodes of all versions, in the order they are printed. */
export function nodesOf(services: readonly Service[]): { readonly service: Service; readonly node: Node }[] {
  return [...services]
    .sort(byVersion)
    .flatMap((service) => [...service.nodes].sort(byId).map((node) => ({ service, node })));
}

function formatEndpoint({ name, metadata, request, response }: Endpoint): string[] {
  return [
    `\nEndpoint: ${name}\nMetadata: ${pairs(metadata)}\n`,
    `Request: ${formatValue(request)}\n\nResponse: ${formatValue(response)}\n`,
  ];
}

/** A type and its members, a tab deeper for each level; a type without members is `{}`. */
function formatValue(value: Value | undefined): string {
  return value?.values?.length ? members(value.values, 0) : "{}";
}

function members(values: readonly Value[], depth: number): string {
  const lines = values.map((value) => {
    const line = `${"\t".repeat(depth + 1)}${snakeCase(value.name)} ${value.type}`;
    return value.values?.length ? `${line} ${members(value.values, depth + 1)}` : line;
  });
  return `{\n${lines.join("\n")}\n${"\t".repeat(depth)}}`;
}

function pairs(metadata: Readonly<Record<string, string>> | undefined): string {
  const keys = Object.keys(metadata ?? {}).sort();
  return keys.map((key) => `${key}=${metadata![key]}`).join(",");
}

function byId(a: Node, b: Node): number {
  return a.id < b.id ? -1 : 1;
}

function byVersion(a: Service, b: Service): number {
  return a.version < b.version ? -1 : 1;
}
