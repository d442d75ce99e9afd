import { setImmediate as othersTurn } from "node:timers/promises";
import { BotError, type Endpoint, type Node, type Service, type Value } from "@micro-bot/core";

/** What the tags of one Consul entry say. */
export interface Tagged {
  /** Empty when no tag tells it. */
  readonly version: string;
  readonly endpoints: readonly Endpoint[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly serviceMetadata: Readonly<Record<string, string>>;
}

/**
 * First letter of a tag, as go-micro has them. `service` is our own: go-micro keeps no metadata of a
 * service in Consul, and its readers look at tags that begin with e, t and v only.
 */
const KIND = { metadata: "t", endpoint: "e", version: "v", service: "s" } as const;

/** Second letter: the payload as hex of a zlib stream (RFC 1950), or as plain text, as until May 2016. */
const ZLIB = "-";
const PLAIN = "=";

/** A tag may come from anybody: what would grow beyond this many bytes is not a tag of ours. */
const MAX_BYTES = 64 * 1024;

/** Tags of one node: one for each endpoint and each pair of metadata. */
const MAX_TAGS = 1000;

/** Bytes that all tags of one service may inflate to; tags that several nodes have count once. */
const MAX_INFLATED = 2 * 1024 * 1024;

/** Bytes of tags that are read before others get their turn, and how many a tag counts for, however short. */
const SLICE = 64 * 1024;
const TAG = 200;

/** A tag that would have grown beyond `MAX_BYTES`: the work was done up to there. */
const TOO_LARGE: unique symbol = Symbol("too large");

/** go-micro stops describing types at depth 3. */
const MAX_DEPTH = 32;

/** The tags of one node, in go-micro's order: metadata, endpoints, version. */
export function encodeTags(service: Service, node: Node): string[] {
  return [
    ...pairTags(KIND.metadata, node.metadata),
    ...pairTags(KIND.service, service.metadata),
    ...(service.endpoints ?? []).map((endpoint) => encode(KIND.endpoint, JSON.stringify(endpoint))),
    encode(KIND.version, service.version),
  ];
}

/** Reads the tags of all nodes of one service. */
export interface TagReader {
  /** Reads both encodings. Tags of others and damaged ones are skipped. Rejects with `limited` for what is too much. */
  read(tags: readonly unknown[]): Promise<Tagged>;
}

/** Tags that nodes have in common are read once: a hundred nodes of one version have the same endpoints. */
export function tagReader(service: string): TagReader {
  const known = new Map<string, unknown>();
  let inflated = 0;
  let slice = 0;

  function tooMuch(why: string): BotError {
    return new BotError("limited", `the record of '${service}' in Consul is too large: ${why}`);
  }

  function meaningOf<T>(tag: string, read: (text: string) => T | undefined): T | undefined {
    if (known.has(tag)) return known.get(tag) as T | undefined;
    const text = payloadOf(tag);
    inflated += text === TOO_LARGE ? MAX_BYTES : (text?.length ?? 0);
    if (inflated > MAX_INFLATED) throw tooMuch(`its tags inflate to more than ${MAX_INFLATED} bytes`);
    const value = typeof text === "string" ? read(text) : undefined;
    known.set(tag, value);
    return value;
  }

  // Some writers of 2016 wrote every tag in both encodings: the first that can be read decides for its kind.
  async function decode<T>(
    tags: readonly unknown[],
    kind: string,
    read: (text: string) => T | undefined,
  ): Promise<T[]> {
    const found: T[] = [];
    let encoding: string | undefined;
    for (const tag of tags) {
      if (typeof tag !== "string" || tag[0] !== kind) continue;
      if (encoding !== undefined && tag[1] !== encoding) continue;
      const value = meaningOf(tag, read);
      if (inflated + TAG * known.size > slice + SLICE) {
        slice = inflated + TAG * known.size;
        await othersTurn();
      }
      if (value === undefined) continue;
      encoding = tag[1];
      found.push(value);
    }
    return found;
  }

  return {
    async read(tags) {
      if (tags.length > MAX_TAGS) throw tooMuch(`a node has more than ${MAX_TAGS} tags`);
      return {
        version: (await decode(tags, KIND.version, (text) => text))[0] ?? "",
        endpoints: uniqueByName(await decode(tags, KIND.endpoint, (text) => endpointOf(parse(text)))),
        metadata: merge(await decode(tags, KIND.metadata, (text) => stringsOf(parse(text)))),
        serviceMetadata: merge(await decode(tags, KIND.service, (text) => stringsOf(parse(text)))),
      };
    },
  };
}

// One tag per pair: go-micro's readers merge them, and equal pairs of many nodes stay equal tags.
function pairTags(kind: string, pairs: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(pairs).map(([key, value]) => encode(kind, JSON.stringify({ [key]: value })));
}

function encode(kind: string, text: string): string {
  return `${kind}${ZLIB}${zlib().deflateSync(text).toString("hex")}`;
}

function payloadOf(tag: string): string | typeof TOO_LARGE | undefined {
  if (tag.length > MAX_BYTES) return undefined;
  if (tag[1] === PLAIN) return tag.slice(2);
  if (tag[1] === ZLIB) return inflate(tag.slice(2));
  return undefined;
}

function inflate(hex: string): string | typeof TOO_LARGE | undefined {
  if (hex.length % 2 === 1 || !/^[0-9a-f]+$/i.test(hex)) return undefined;
  try {
    return zlib().inflateSync(Buffer.from(hex, "hex"), { maxOutputLength: MAX_BYTES }).toString();
  } catch (error) {
    return (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE" ? TOO_LARGE : undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function endpointOf(raw: unknown): Endpoint | undefined {
  if (!isObject(raw) || typeof raw.name !== "string") return undefined;
  const request = typeTreeOf(raw.request, 1);
  const response = typeTreeOf(raw.response, 1);
  const metadata = stringsOf(raw.metadata);
  return {
    name: raw.name,
    ...(request && { request }),
    ...(response && { response }),
    ...(metadata && { metadata }),
  };
}

function typeTreeOf(raw: unknown, depth: number): Value | undefined {
  if (!isObject(raw) || depth > MAX_DEPTH) return undefined;
  const { name, type, values } = raw;
  return {
    name: typeof name === "string" ? name : "",
    type: typeof type === "string" ? type : "",
    ...(Array.isArray(values) && {
      values: values.map((value) => typeTreeOf(value, depth + 1)).filter((value) => value !== undefined),
    }),
  };
}

function stringsOf(raw: unknown): Record<string, string> | undefined {
  if (!isObject(raw)) return undefined;
  const pairs = Object.entries(raw).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(pairs);
}

// Not Object.assign: a key named __proto__ must stay a key.
function merge(parts: readonly Record<string, string>[]): Record<string, string> {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}

function uniqueByName(endpoints: readonly Endpoint[]): Endpoint[] {
  return [...new Map(endpoints.map((endpoint) => [endpoint.name, endpoint])).values()];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Loaded with the first tag: a bot that asks Consul for nothing should not wait for it. */
function zlib(): typeof import("node:zlib") {
  return process.getBuiltinModule("node:zlib");
}
