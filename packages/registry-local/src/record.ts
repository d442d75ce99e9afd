import type { Node, Service } from "@micro-bot/core";
import { jsonExcess } from "@micro-bot/kit";
import type { Owner } from "./owner.ts";

/** What one file holds: one node of a service. */
export interface Record {
  /** Has exactly one node. */
  readonly service: Service;
  /** Milliseconds since 1970; null: never, and then it also outlives its process. */
  readonly expires: number | null;
  readonly owner: Owner;
}

const READABLE_LENGTH = 100;

/** What one file may hold; a level of types is two of JSON. */
const BOUNDS = { depth: 100, values: 20_000 } as const;

/** Types inside of each other; go-micro describes three. */
const MAX_TYPES = 32;

/** Beginning of the names of all files of one service, perhaps also of files of a few others. */
export function prefixOf(name: string): string {
  return `${name
    .replace(/[^a-zA-Z0-9._-]/g, "_")
    .slice(0, READABLE_LENGTH)
    .replace(/^\./, "_")}.`;
}

/** A file's name: a readable part, and a digest that tells all names and ids apart on every file system. */
export function fileOf(name: string, id: string): string {
  const digest = process
    .getBuiltinModule("node:crypto")
    .createHash("sha256")
    .update(JSON.stringify([name, id]))
    .digest("hex")
    .slice(0, 32);
  return `${prefixOf(name)}${digest}.json`;
}

export function encodeRecord(service: Service, node: Node, rest: Omit<Record, "service">): string {
  return JSON.stringify({ service: { ...service, nodes: [node] }, ...rest });
}

/** The record in a file's text, or in words why it is none. It never throws. */
export function decodeRecord(file: string, text: string): Record | string {
  const excess = jsonExcess(text, BOUNDS);
  if (excess) return excess;
  const raw = parse(text);
  if (raw === undefined) return "is not JSON";
  if (!isRecord(raw)) return "holds no record";
  if (fileOf(raw.service.name, raw.service.nodes[0]!.id) !== file) return "is not where its record belongs";
  return raw;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(raw: unknown): raw is Record {
  return isObject(raw) && isService(raw.service) && isTime(raw.expires) && isOwner(raw.owner);
}

function isService(raw: unknown): boolean {
  if (!isObject(raw) || typeof raw.name !== "string" || typeof raw.version !== "string") return false;
  const { nodes, endpoints = [], metadata = {} } = raw;
  return isStrings(metadata) && isEach(endpoints, isEndpoint) && isEach(nodes, isNode) && nodes.length === 1;
}

function isNode(raw: unknown): boolean {
  if (!isObject(raw)) return false;
  return typeof raw.id === "string" && typeof raw.address === "string" && isStrings(raw.metadata ?? {});
}

function isEndpoint(raw: unknown): boolean {
  if (!isObject(raw)) return false;
  const { name, request, response, metadata = {} } = raw;
  return typeof name === "string" && isStrings(metadata) && isTypeTree(request) && isTypeTree(response);
}

function isTypeTree(raw: unknown, depth: number = MAX_TYPES): boolean {
  if (raw === undefined) return true;
  if (depth === 0 || !isObject(raw) || typeof raw.name !== "string" || typeof raw.type !== "string")
    return false;
  return isEach(raw.values ?? [], (value) => isTypeTree(value, depth - 1));
}

function isTime(raw: unknown): boolean {
  return raw === null || typeof raw === "number";
}

function isOwner(raw: unknown): boolean {
  if (!isObject(raw) || !Number.isInteger(raw.pid) || typeof raw.machine !== "string") return false;
  return raw.began === undefined || typeof raw.began === "string";
}

function isStrings(raw: unknown): boolean {
  return isObject(raw) && Object.values(raw).every((value) => typeof value === "string");
}

function isEach(raw: unknown, is: (item: unknown) => boolean): raw is unknown[] {
  return Array.isArray(raw) && raw.every(is);
}

function isObject(raw: unknown): raw is { [key: string]: unknown } {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}
