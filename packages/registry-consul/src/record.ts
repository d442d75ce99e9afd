import { BotError, type Node, type Service } from "@micro-bot/core";
import { encodeTags, isObject, type Tagged, tagReader } from "./tags.ts";

/** What is sent to the agent for one node, in the words of the library `consul`. */
export interface Registration {
  readonly name: string;
  readonly id: string;
  readonly tags: string[];
  readonly address: string;
  readonly port: number;
  readonly check?: {
    readonly ttl: string;
    readonly status: "passing";
    readonly deregistercriticalserviceafter: string;
  };
}

/** One node as Consul tells it. */
export interface Entry {
  readonly id: string;
  /** The name of the machine that Consul knows it on. */
  readonly machine: string;
  readonly address: string;
  readonly port: number;
  readonly tags: readonly unknown[];
  readonly critical: boolean;
}

/** Consul removes nothing sooner than after a minute; go-micro gives it five seconds more. */
const MIN_REMOVAL_MS = 65_000;

/** The registration of one node; `ttl` 0 is one without a check, which never expires. */
export function registrationOf(service: Service, node: Node, ttl: number): Registration {
  if (service.name === "") throw new BotError("invalid", "the service has no name");
  if (node.id === "") throw new BotError("invalid", `a node of '${service.name}' has no id`);
  if (!(ttl >= 0 && Number.isFinite(ttl)))
    throw new BotError("invalid", `ttl ${ttl} of '${service.name}' is no number of milliseconds`);
  return {
    name: service.name,
    id: node.id,
    tags: encodeTags(service, node),
    ...splitAddress(node.address),
    ...(ttl > 0 && {
      check: {
        ttl: goDuration(ttl),
        status: "passing",
        deregistercriticalserviceafter: goDuration(Math.max(ttl + 5_000, MIN_REMOVAL_MS)),
      },
    }),
  };
}

/** The entries in an answer of `/v1/health/service/NAME`; what is not one is skipped. */
export function entriesOf(body: unknown): Entry[] {
  if (!Array.isArray(body)) return [];
  return body.map(entryOf).filter((entry) => entry !== undefined);
}

/**
 * The services in an answer of `/v1/health/service/NAME`: one per version, sorted, nodes by id.
 * A node with any critical check is left out, also when the check is its machine's; a warning stays in.
 * A version without nodes is no version. Throws `limited` for tags that are too many or inflate to too much.
 */
export async function servicesOf(name: string, body: unknown): Promise<Service[]> {
  const live = new Map(
    entriesOf(body)
      .filter((entry) => !entry.critical)
      .map((entry) => [entry.id, entry]),
  );
  const reader = tagReader(name);
  const nodes: { readonly entry: Entry; readonly tagged: Tagged }[] = [];
  for (const entry of live.values()) nodes.push({ entry, tagged: await reader.read(entry.tags) });
  nodes.sort((a, b) => compare(a.entry.id, b.entry.id));
  return [...Map.groupBy(nodes, ({ tagged }) => tagged.version)]
    .sort(([a], [b]) => compare(a, b))
    .map(([version, group]) => ({
      name,
      version,
      ...metadataOf(group[0]!.tagged.serviceMetadata),
      ...endpointsOf(group.map(({ tagged }) => tagged)),
      nodes: group.map(({ entry, tagged }) => ({
        id: entry.id,
        address: joinAddress(entry),
        ...metadataOf(tagged.metadata),
      })),
    }));
}

/** True when Consul's entry is what the registration asked for. */
export function matches(entry: Entry, wanted: Registration): boolean {
  return (
    entry.id === wanted.id &&
    entry.port === wanted.port &&
    (wanted.address === "" || entry.address === wanted.address) &&
    [...entry.tags].sort().join() === [...wanted.tags].sort().join()
  );
}

/** A duration as Go writes it: `10s`, `1m30s`, `500ms`. */
export function goDuration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole % 1000 !== 0) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = (whole % 60_000) / 1000;
  return `${minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

function entryOf(raw: unknown): Entry | undefined {
  if (!isObject(raw) || !isObject(raw.Service) || typeof raw.Service.ID !== "string") return undefined;
  const { ID: id, Address, Port, Tags } = raw.Service;
  const machine: Record<string, unknown> = isObject(raw.Node) ? raw.Node : {};
  return {
    id,
    machine: text(machine.Node),
    address: text(Address) || text(machine.Address),
    port: typeof Port === "number" ? Port : 0,
    tags: Array.isArray(Tags) ? Tags : [],
    critical: Array.isArray(raw.Checks) && raw.Checks.some(isCritical),
  };
}

function isCritical(check: unknown): boolean {
  return isObject(check) && check.Status === "critical";
}

// A node of the first record that has any: nodes are in a fixed order, so the answer does not flap.
function endpointsOf(tagged: readonly Tagged[]): Pick<Service, "endpoints"> {
  const endpoints = tagged.find((one) => one.endpoints.length > 0)?.endpoints;
  return endpoints ? { endpoints } : {};
}

function metadataOf(metadata: Readonly<Record<string, string>>): { metadata?: Record<string, string> } {
  return Object.keys(metadata).length > 0 ? { metadata } : {};
}

function splitAddress(address: string): { address: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(address) ?? [];
  const host = bracketed ?? plain ?? address;
  return { address: host, port: Number(port ?? 0) };
}

function joinAddress({ address, port }: Entry): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
