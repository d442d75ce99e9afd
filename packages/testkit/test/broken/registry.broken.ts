import { BotError, memoryRegistry, type Registry, type Service } from "@micro-bot/core";
import { type RegistrySuite, testRegistry } from "../../src/registry.ts";
import { goodRegistry } from "../good/registry.ts";
import { type Breaks, registerBroken } from "./break.ts";

/** Other members for each registry that the suite creates. */
const registry =
  (change: (registry: Registry) => Partial<Registry>) =>
  (good: RegistrySuite): RegistrySuite => ({
    ...good,
    async create() {
      const one = await good.create();
      return { ...one, ...change(one) };
    },
  });

const found = (change: (services: readonly Service[]) => readonly Service[]) =>
  registry((good) => ({ get: async (name) => change(await good.get(name)) }));

const registered = (change: (service: Service) => Service) =>
  registry((good) => ({ register: (service, options) => good.register(change(service), options) }));

const told = (wanted: (event: { readonly action: string }) => boolean) =>
  registry((good) => ({
    async *watch(signal) {
      for await (const event of good.watch(signal)) if (wanted(event)) yield event;
    },
  }));

const ascii = (metadata: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, value.replace(/[^\u0000-\u007f]/g, "?")]),
  );

const breaks: Breaks<RegistrySuite> = {
  "a name nobody registered has no services": registry((good) => ({
    async get(name) {
      const services = await good.get(name);
      return services.length > 0 ? services : [{ name, version: "", nodes: [] }];
    },
  })),
  "names are listed once each, sorted": registry((good) => ({
    list: async () => [...(await good.list())].reverse(),
  })),
  "what is registered is read back the same": registered((service) => ({
    ...service,
    endpoints: (service.endpoints ?? []).map(({ name }) => ({ name })),
  })),
  "node metadata of any letters is kept": registered((service) => ({
    ...service,
    nodes: service.nodes.map((node) => ({ ...node, metadata: ascii(node.metadata) })),
  })),
  "service metadata of any letters is kept": registered((service) => ({
    ...service,
    metadata: ascii(service.metadata),
  })),
  "versions are kept apart, sorted": found((services) =>
    services.length < 2 ? services : [{ ...services[0]!, nodes: services.flatMap((one) => one.nodes) }],
  ),
  "registering again renews and adds nothing twice": registry((good) => {
    const seen = new Set<string>();
    return {
      async register(service, options) {
        const nodes = service.nodes.map((node) =>
          seen.has(node.id) ? { ...node, id: `${node.id}+` } : node,
        );
        for (const node of service.nodes) seen.add(node.id);
        return good.register({ ...service, nodes }, options);
      },
    };
  }),
  "a node is gone when its time to live has passed": registry((good) => ({
    register: (service) => good.register(service, { ttl: 0 }),
  })),
  "a node with time to live 0 stays": registry((good) => ({
    register: (service, { ttl }) => good.register(service, { ttl: ttl || 10 }),
  })),
  "a renewal sets a new time to live": registry((good) => {
    const known = new Set<string>();
    return {
      async register(service, options) {
        if (!known.has(service.name)) await good.register(service, options);
        known.add(service.name);
      },
    };
  }),
  "deregister removes nodes by id and leaves the others": registry((good) => ({
    async deregister({ name }) {
      for (const service of await good.get(name)) await good.deregister(service);
    },
  })),
  "deregistering what is not there is no error": registry((good) => ({
    async deregister(service) {
      if ((await good.get(service.name)).length === 0) throw new BotError("not_found", "no such service");
      return good.deregister(service);
    },
  })),
  "what get answers is a copy": registry((good) => {
    const cache = new Map<string, readonly Service[]>();
    return {
      async get(name) {
        const services = cache.get(name) ?? (await good.get(name));
        cache.set(name, services);
        return services;
      },
    };
  }),
  "a watch tells of create, update and delete": told(({ action }) => action !== "update"),
  "a watch tells of nodes whose time is over": told(({ action }) => action !== "delete"),
  "a watch ends when its signal aborts": registry((good) => ({
    watch: () => good.watch(new AbortController().signal),
  })),
  "another registry sees what is registered, and can deregister it": (good) => ({
    ...good,
    another: () => memoryRegistry(),
  }),
  "registering side by side loses nothing": registry((good) => {
    let busy = false;
    return {
      async register(service, options) {
        if (busy) return;
        busy = true;
        await new Promise((resolve) => setImmediate(resolve));
        await good.register(service, options);
        busy = false;
      },
    };
  }),
  "it is not stale while the registry answers": registry(() => ({ stale: () => 0 })),
  "close twice is safe": registry(() => {
    let closed = false;
    return {
      async close() {
        if (closed) throw new BotError("closed", "closed already");
        closed = true;
      },
    };
  }),
};

registerBroken("registry", testRegistry, goodRegistry, breaks);
