import type Consul from "consul";
import type { Answer, Call, Client, ReadOptions } from "./client.ts";
import { entriesOf } from "./record.ts";
import { isObject } from "./tags.ts";

/** Names of all services with their tags. https://developer.hashicorp.com/consul/api-docs/catalog */
export const allServices: Call = (consul, options) => consul.catalog.service.list(options);

/** Checks that are critical now. https://developer.hashicorp.com/consul/api-docs/health */
export const criticalChecks: Call = (consul, options) =>
  consul.health.state({ state: "critical", ...options });

/** All checks of all nodes. https://developer.hashicorp.com/consul/api-docs/health */
export const allChecks: Call = (consul, options) => consul.health.state({ state: "any", ...options });

/** The nodes of one service with their checks. https://developer.hashicorp.com/consul/api-docs/health */
export function healthOf(name: string): Call {
  return (consul: Consul, options) => consul.health.service({ service: name, ...options });
}

/** A check; without a service it is the whole machine's. */
export interface Check {
  readonly key: string;
  readonly machine: string;
  readonly service: string;
}

export function checksOf(body: unknown): Check[] {
  if (!Array.isArray(body)) return [];
  return body.filter(isObject).map(({ Node, CheckID, ServiceName }) => ({
    key: JSON.stringify([Node, CheckID]),
    machine: String(Node),
    service: typeof ServiceName === "string" ? ServiceName : "",
  }));
}

/**
 * Names of the services that have a node, sorted. Consul lists a dead service until it removes it, a minute
 * later or never, so those with critical checks are looked at one by one.
 */
export async function liveNames(client: Client): Promise<string[]> {
  const [services, critical] = await Promise.all([client.read(allServices), client.read(criticalChecks)]);
  const names = new Set(Object.keys(isObject(services.body) ? services.body : {}));
  const doubtful = (await servicesIn(client, checksOf(critical.body))).intersection(names);
  await each(doubtful, async (name) => {
    const { body } = await client.read(healthOf(name));
    if (entriesOf(body).every((entry) => entry.critical)) names.delete(name);
  });
  return [...names].sort();
}

/** Waits until Consul's catalog, which is a moment behind its agent, agrees; or until `timeout` has passed. */
export async function settled(
  client: Client,
  name: string,
  timeout: number,
  agrees: (body: unknown) => boolean,
): Promise<void> {
  const until = Date.now() + timeout;
  const options: ReadOptions = { consistency: "default" };
  let answer: Answer = await client.read(healthOf(name), options);
  while (!agrees(answer.body) && Date.now() < until)
    answer = await client.read(healthOf(name), {
      ...options,
      index: answer.index,
      wait: Math.max(until - Date.now(), 1),
    });
}

/** Runs the work on all items, a few at a time: Consul allows one client 200 connections. */
export async function each<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items].values();
  const run = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
}

export const AT_ONCE = 8;

async function servicesIn(client: Client, checks: readonly Check[]): Promise<Set<string>> {
  const names = new Set(checks.map((check) => check.service).filter((name) => name !== ""));
  const machines = new Set(checks.filter((check) => check.service === "").map((check) => check.machine));
  await each(machines, async (machine) => {
    const { body } = await client.read((consul, options) =>
      consul.catalog.node.services({ node: machine, ...options }),
    );
    const services = isObject(body) && isObject(body.Services) ? Object.values(body.Services) : [];
    for (const service of services) if (isObject(service)) names.add(String(service.Service));
  });
  return names;
}
