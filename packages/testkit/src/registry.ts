import type { Endpoint, Node, Registry, RegistryEvent, Service } from "@micro-bot/core";
import { expect } from "vitest";
import { describeRules, needed, type Rules, type SuiteOptions, TIMEOUT } from "./rules.ts";
import { eventually, type Gathered, gather, token, within } from "./waiting.ts";

export interface RegistrySuite extends SuiteOptions {
  /** A registry that is ready to use. It may hold services of others: the suite makes up names of its own. */
  create(): Promise<Registry> | Registry;
  /** One more registry on the same records, as another process would have it. */
  another?(registry: Registry): Promise<Registry> | Registry;
  /** Moves the registry's clock on, where it has one of its own; otherwise real time passes. */
  advance?(ms: number): Promise<void> | void;
  /** A time to live that the registry can keep, in milliseconds. Default 300. */
  readonly ttl?: number;
}

const TTL = 300;
const HOUR = 3_600_000;

class RegistryBench {
  readonly options: RegistrySuite;
  readonly registry: Registry;
  readonly #registries: Registry[];

  constructor(options: RegistrySuite, registry: Registry) {
    this.options = options;
    this.registry = registry;
    this.#registries = [registry];
  }

  get ttl(): number {
    return this.options.ttl ?? TTL;
  }

  get timeout(): number {
    return this.ttl + (this.options.timeout ?? TIMEOUT);
  }

  async another(): Promise<Registry> {
    const registry = await needed(this.options.another, "another")(this.registry);
    this.#registries.push(registry);
    return registry;
  }

  register(service: Service, ttl: number = HOUR): Promise<void> {
    return this.registry.register(service, { ttl });
  }

  /** Waits until the registry has these nodes, and answers with all versions. */
  nodes(
    name: string,
    ids: readonly string[],
    registry: Registry = this.registry,
  ): Promise<readonly Service[]> {
    const settled = async () => {
      const services = await registry.get(name);
      return sameIds(idsOf(services), ids) && services;
    };
    const what = `'${name}' has the nodes [${ids.join(", ")}]`;
    return eventually(settled, this.timeout, what).catch(async () => {
      expect(idsOf(await registry.get(name)), what).toEqual([...ids].sort());
      return registry.get(name);
    });
  }

  async gone(name: string): Promise<void> {
    await this.nodes(name, []);
    const unlisted = async () => !(await this.registry.list()).includes(name);
    await eventually(unlisted, this.timeout, `'${name}' is not listed any more`);
  }

  async listed(name: string): Promise<void> {
    const listed = async () => (await this.registry.list()).includes(name);
    await eventually(listed, this.timeout, `'${name}' is listed`);
  }

  /** Registers a node that lives as long as `ttl`, and waits until it is gone. */
  async outlive(service: Service): Promise<void> {
    await this.register(service, this.ttl);
    if (this.options.advance) await this.options.advance(this.ttl + 1);
    await this.gone(service.name);
  }

  async close(): Promise<void> {
    for (const registry of this.#registries) await registry.close?.();
  }
}

const rules: Rules<RegistryBench> = {
  async "a name nobody registered has no services"({ registry }) {
    expect(await registry.get(token())).toEqual([]);
  },

  async "names are listed once each, sorted"(bench) {
    const run = token();
    const names = ["c", "a", "b.x", "a-b"].map((end) => `go.micro.${run}.${end}`);
    for (const name of names) await bench.register(service({ name }, 2));
    for (const name of names) await bench.listed(name);
    const listed = await bench.registry.list();
    expect(
      listed.filter((name) => name.includes(run)),
      "the names registered here",
    ).toEqual([...names].sort());
    expect(listed, "all names").toEqual([...listed].sort());
  },

  async "what is registered is read back the same"(bench) {
    const record = service({ endpoints: [endpoint] }, 2);
    await bench.register(record);
    const [found, ...more] = await bench.nodes(record.name, idsOf([record]));
    expect(more, "more than one version").toEqual([]);
    expect(found).toMatchObject({ name: record.name, version: record.version });
    expect(byId(found!.nodes), "the nodes").toMatchObject(byId(record.nodes));
    expect(found!.endpoints?.length, "endpoints").toBe(1);
    expect(found!.endpoints![0], "the endpoint with its nested values").toMatchObject(endpoint);
  },

  async "node metadata of any letters is kept"(bench) {
    const record = service({ nodes: [{ ...node(1), metadata }] });
    await bench.register(record);
    const [found] = await bench.nodes(record.name, idsOf([record]));
    expect(found!.nodes[0]!.metadata).toMatchObject(metadata);
  },

  async "service metadata of any letters is kept"(bench) {
    const record = service({ metadata });
    await bench.register(record);
    const [found] = await bench.nodes(record.name, idsOf([record]));
    expect(found!.metadata).toMatchObject(metadata);
  },

  async "versions are kept apart, sorted"(bench) {
    const name = token();
    const versions = ["2.0.0", "1.0.0", "1.1.0"];
    for (const [index, version] of versions.entries())
      await bench.register(service({ name, version, nodes: [node(index), node(index + 10)] }));
    const found = await bench.nodes(
      name,
      [0, 1, 2, 10, 11, 12].map((index) => node(index).id),
    );
    expect(found.map((one) => one.version)).toEqual(["1.0.0", "1.1.0", "2.0.0"]);
    expect(
      found.map((one) => idsOf([one])),
      "node ids by version",
    ).toEqual([1, 2, 0].map((index) => [node(index).id, node(index + 10).id].sort()));
  },

  async "registering again renews and adds nothing twice"(bench) {
    const record = service({}, 2);
    await bench.register(record);
    await bench.register(record);
    await bench.nodes(record.name, idsOf([record]));
    const moved = { ...record, nodes: [{ ...record.nodes[0]!, address: "127.0.0.1:9" }] };
    await bench.register(moved);
    const current = async () => {
      const [found] = await bench.registry.get(record.name);
      return found?.nodes.some((one) => one.address === "127.0.0.1:9");
    };
    await eventually(current, bench.timeout, "the node has its new address");
    await bench.nodes(record.name, idsOf([record]));
  },

  async "a node is gone when its time to live has passed"(bench) {
    const stays = service();
    await bench.register(stays);
    await bench.outlive(service());
    await bench.nodes(stays.name, idsOf([stays]));
  },

  async "a node with time to live 0 stays"(bench) {
    const stays = service();
    await bench.register(stays, 0);
    await bench.outlive(service());
    await bench.nodes(stays.name, idsOf([stays]));
  },

  async "a renewal sets a new time to live"(bench) {
    const renewed = service();
    await bench.register(renewed, bench.ttl);
    await bench.register(renewed, HOUR);
    await bench.outlive(service());
    expect(idsOf(await bench.registry.get(renewed.name)), "the renewed node").toEqual(idsOf([renewed]));
  },

  async "deregister removes nodes by id and leaves the others"(bench) {
    const record = service({}, 3);
    const twin = service({ nodes: record.nodes.map((one) => ({ ...one, id: `twin-${one.id}` })) });
    await bench.register(record);
    await bench.register(twin);
    await bench.registry.deregister({ ...record, nodes: [{ id: record.nodes[1]!.id, address: "" }] });
    const left = [record.nodes[0]!.id, record.nodes[2]!.id];
    await bench.nodes(record.name, left);
    await bench.nodes(twin.name, idsOf([twin]));
    await bench.registry.deregister(record);
    await bench.gone(record.name);
  },

  async "deregistering what is not there is no error"(bench) {
    await bench.registry.deregister(service());
    const record = service();
    await bench.register(record);
    await bench.registry.deregister({ ...record, nodes: [node(7)] });
    await bench.nodes(record.name, idsOf([record]));
  },

  async "what get answers is a copy"(bench) {
    const record = service({ endpoints: [endpoint] });
    await bench.register(record);
    const [found] = await bench.nodes(record.name, idsOf([record]));
    try {
      (found!.nodes as Node[]).push(node(9));
      (found!.endpoints as Endpoint[]).pop();
    } catch {
      return; // A frozen answer is as good as a copy.
    }
    const [again] = await bench.registry.get(record.name);
    expect(idsOf([again!]), "node ids").toEqual(idsOf([record]));
    expect(again!.endpoints?.length, "endpoints").toBe(1);
  },

  async "a watch tells of create, update and delete"(bench) {
    const watch = watching(bench, bench.registry);
    await watch.live();
    const record = service();
    await bench.register(record);
    const created = await watch.next("create", record.name);
    expect(created.service.version, "version").toBe(record.version);
    expect(idsOf([created.service]), "node ids").toEqual(idsOf([record]));
    const second = { ...record, nodes: [node(2)] };
    await bench.register(second);
    const updated = await watch.next("update", record.name);
    expect(idsOf([updated.service]), "node ids").toContain(node(2).id);
    await bench.registry.deregister(second);
    const deleted = await watch.next("delete", record.name);
    expect(idsOf([deleted.service]), "just the nodes that are gone").toEqual([node(2).id]);
    await bench.registry.deregister(record);
    await watch.until((events) =>
      events.some((one) => one.action === "delete" && idsOf([one.service]).includes(record.nodes[0]!.id)),
    );
    await watch.end();
  },

  async "a watch tells of nodes whose time is over"(bench) {
    const watch = watching(bench, bench.registry);
    await watch.live();
    const record = service();
    await bench.outlive(record);
    const deleted = await watch.next("delete", record.name);
    expect(idsOf([deleted.service]), "node ids").toEqual(idsOf([record]));
    await watch.end();
  },

  async "a watch ends when its signal aborts"(bench) {
    const over = new AbortController();
    over.abort();
    const late = gather(bench.registry.watch(over.signal));
    await within(late.ended, bench.timeout, "a watch whose signal had aborted before ends");
    const watch = watching(bench, bench.registry);
    await watch.live();
    await watch.end();
  },

  async "another registry sees what is registered, and can deregister it"(bench) {
    const other = await bench.another();
    const watch = watching(bench, other);
    await watch.live();
    const record = service({ endpoints: [endpoint] }, 2);
    await bench.register(record);
    await bench.nodes(record.name, idsOf([record]), other);
    await watch.next("create", record.name);
    await other.deregister({ ...record, nodes: [record.nodes[0]!] });
    await bench.nodes(record.name, [record.nodes[1]!.id]);
    await watch.end();
  },

  async "registering side by side loses nothing"(bench) {
    const name = token();
    const records = Array.from({ length: 20 }, (_, index) => service({ name, nodes: [node(index)] }));
    await Promise.all(records.map((record) => bench.register(record)));
    await bench.nodes(
      name,
      records.flatMap((record) => idsOf([record])),
    );
  },

  async "it is not stale while the registry answers"({ registry }) {
    await registry.list();
    expect(registry.stale?.(), "stale").toBeUndefined();
  },

  async "close twice is safe"({ registry }) {
    await registry.list();
    await registry.close?.();
    await registry.close?.();
  },
};

/** Names of the rules of `testRegistry`. */
export const registryRules: readonly string[] = Object.keys(rules);

/** Tries a registry against the whole contract of `Registry`. */
export function testRegistry(options: RegistrySuite): void {
  describeRules(options, rules, {
    open: async () => new RegistryBench(options, await options.create()),
    close: (bench) => bench.close(),
  });
}

/** A watch, and what it has told so far. */
interface Watching {
  /** Resolves when the watch is known to be told of changes. */
  live(): Promise<void>;
  /** The first event of this kind about this service. */
  next(action: RegistryEvent["action"], name: string): Promise<RegistryEvent>;
  until(seen: (events: readonly RegistryEvent[]) => boolean): Promise<unknown>;
  end(): Promise<void>;
}

function watching(bench: RegistryBench, registry: Registry): Watching {
  const aborter = new AbortController();
  const told: Gathered<RegistryEvent> = gather(registry.watch(aborter.signal));
  const beats: string[] = [];
  return {
    async live() {
      // A watch over a network takes a moment to be set up, and has no way to say when it is.
      const beat = async () => {
        beats.push(token());
        await bench.register(service({ name: beats.at(-1)! }));
        return told.items.some((event) => beats.includes(event.service.name));
      };
      await eventually(beat, bench.timeout, "the watch tells of a new service");
      for (const name of beats) await bench.registry.deregister(service({ name }));
    },
    next: (action, name) =>
      eventually(
        () => told.items.find((event) => event.action === action && event.service.name === name),
        bench.timeout,
        `the watch tells of '${action}'`,
      ),
    until: (seen) => eventually(() => seen(told.items), bench.timeout, "the watch tells of it"),
    async end() {
      aborter.abort();
      await within(told.ended, bench.timeout, "the watch ends when its signal aborts");
    },
  };
}

// Several tests may run against one server, where a node's id stands for itself.
const run = token();

function node(index: number): Node {
  return { id: `node-${run}-${index}`, address: `127.0.0.1:${8000 + index}` };
}

function service(more: Partial<Service> = {}, nodes = 1): Service {
  const name = more.name ?? token();
  const own = Array.from({ length: nodes }, (_, index) => ({
    id: `${name}-${index}`,
    address: `127.0.0.1:${8000 + index}`,
    metadata: { zone: `z${index}` },
  }));
  return { version: "1.0.0", nodes: own, ...more, name };
}

const endpoint: Endpoint = {
  name: "Say.Hello",
  request: {
    name: "Request",
    type: "Request",
    values: [
      { name: "name", type: "string" },
      { name: "to", type: "Place", values: [{ name: "city", type: "[]string" }] },
    ],
  },
  response: { name: "Response", type: "Response", values: [{ name: "msg", type: "string" }] },
  metadata: { stream: "false" },
};

const metadata: Readonly<Record<string, string>> = {
  // Would lose its last digit as a JavaScript number.
  big: "9007199254740993",
  city: "São Paulo 東京 👩‍🚀",
  empty: "",
  marks: "a=b, c: \"d\" 'e' \\ {} %",
  "key with spaces": "x",
  ключ: "значение",
};

function idsOf(services: readonly Service[]): string[] {
  return services.flatMap((one) => one.nodes.map((node) => node.id)).sort();
}

function sameIds(found: readonly string[], wanted: readonly string[]): boolean {
  return found.join("\n") === [...wanted].sort().join("\n");
}

function byId(nodes: readonly Node[]): Node[] {
  return [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
}
