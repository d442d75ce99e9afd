import { memoryRegistry } from "./memory-registry.ts";
import type { Plugin } from "./plugin.ts";
import { type Plugins, shared } from "./shared.ts";

/** A type in an endpoint's description: go-micro's `Value`. */
export interface Value {
  readonly name: string;
  readonly type: string;
  readonly values?: readonly Value[];
}

/** One method that a service serves. */
export interface Endpoint {
  readonly name: string;
  readonly request?: Value;
  readonly response?: Value;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One running instance. */
export interface Node {
  readonly id: string;
  /** `host:port`. */
  readonly address: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One version of a service and its nodes: go-micro's record. */
export interface Service {
  readonly name: string;
  readonly version: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly endpoints?: readonly Endpoint[];
  readonly nodes: readonly Node[];
}

export interface RegistryEvent {
  /** `delete` names just the nodes that are gone. */
  readonly action: "create" | "update" | "delete";
  readonly service: Service;
}

/** Where services are listed. It connects when first used and again whenever it must. */
export interface Registry extends Plugin {
  /** Names of all services, sorted. */
  list(): Promise<readonly string[]>;
  /** All versions of one service, sorted; empty when there is none. */
  get(name: string): Promise<readonly Service[]>;
  /** How many nodes of a service are registered and not in `get`, because they fail their checks. Absent: there are none. */
  unhealthy?(name: string): Promise<number>;
  /** Adds the service's nodes, or renews them. They are gone `ttl` milliseconds after the last renewal; 0: never. */
  register(service: Service, options: { readonly ttl: number }): Promise<void>;
  /** Removes the service's nodes, by id. Nodes that are not there are no error. */
  deregister(service: Service): Promise<void>;
  /** Changes from now on, until the signal aborts. It outlives the registry's own outages. */
  watch(signal: AbortSignal): AsyncIterable<RegistryEvent>;
  /**
   * Whether to be used when nobody named a registry; asked in the order of the link file. It may look for a server,
   * for no longer than half a second. Absent: only by name.
   */
  detect?(): Promise<boolean>;
  /** When the registry does not answer and `list` and `get` speak from memory: the time of its last word. */
  stale?(): number | undefined;
  /** Twice is safe. */
  close?(): Promise<void>;
}

/** Registries by name. */
export const registries: Plugins<Registry> = shared<Registry>("registries");

if (!registries.has("memory")) registries.set("memory", memoryRegistry());
