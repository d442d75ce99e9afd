import { codeOf, messageOf, type Registry, type RegistryEvent, type Service } from "@micro-bot/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConsulServer, findConsul, startConsul } from "../../../test/servers/consul.ts";
import { encodeTags } from "../src/tags.ts";
import { open, service, until, zlibTag } from "./help.ts";

const binary = findConsul();

test("it registers itself in the shared map", async () => {
  const { registries } = await import("@micro-bot/core");
  await import("../src/index.ts");
  expect(
    registries
      .get("consul")
      ?.flags?.()
      .map(({ name }) => name),
  ).toContain("registry_address");
});

describe("its flags", () => {
  const configError = (values: Parameters<typeof open>[0]) => {
    try {
      open(values);
      return "no error";
    } catch (error) {
      return `${codeOf(error)}: ${messageOf(error)}`;
    }
  };

  test("an address that is none is refused with the flag's name", () => {
    expect(configError({ registry_address: ["consul:port"] })).toBe(
      "config: registry_address: 'consul:port' is not host:port",
    );
    expect(configError({ registry_address: ["consul:99999"] })).toContain("config: registry_address");
    expect(configError({ consul_http_addr: "unix:///run/consul.sock" })).toContain(
      "config: consul_http_addr",
    );
  });

  test("a password in an address is not repeated", () => {
    expect(configError({ registry_address: ["https://me:hunter2@consul"] })).toBe(
      "config: registry_address: one address is not host:port",
    );
  });

  test("a token with a line break is refused and not repeated", () => {
    expect(configError({ consul_token: "secret\nx" })).toMatch(/^config: consul_token (?!.*secret)/);
  });

  test.each([
    [{}, "127.0.0.1:8500"],
    [{ registry_address: ["consul.local"] }, "consul.local:8500"],
    [{ registry_address: ["consul.local:80"] }, "consul.local:80"],
    [{ registry_address: ["http://consul.local:80/"] }, "consul.local:80"],
    [{ registry_address: ["[::1]:9500"] }, "[::1]:9500"],
    [{ registry_address: ["::1"] }, "[::1]:8500"],
    [{ consul_http_addr: "https://consul.local" }, "https://consul.local:8500"],
    [{ registry_address: ["consul.local"], consul_tls: true }, "https://consul.local:8500"],
    [{ registry_address: ["a"], consul_http_addr: "b" }, "a:8500"],
  ])("%j means %s", (values, address) => {
    expect(open(values).status?.()).toEqual([{ name: "registry consul", state: "starting", note: address }]);
  });
});

describe.skipIf(!binary)("with Consul", () => {
  let server: ConsulServer;
  let registry: Registry;
  const ending = new AbortController();

  beforeAll(async () => {
    server = await startConsul(binary!);
    registry = open({ registry_address: [server.address] });
  });

  afterAll(async () => {
    ending.abort();
    await registry?.close?.();
    await server?.stop();
  });

  const put = async (path: string, body?: unknown) => {
    const response = await fetch(`${server.url}/v1/${path}`, { method: "PUT", body: JSON.stringify(body) });
    expect(response.ok).toBe(true);
  };

  const watching = (): AsyncIterator<RegistryEvent> => registry.watch(ending.signal)[Symbol.asyncIterator]();

  test("an unknown service is empty", async () => {
    expect(await registry.get("go.micro.srv.nobody")).toEqual([]);
    expect(await registry.get("")).toEqual([]);
  });

  test("a registered service is read back whole, and listed in order", async () => {
    const one = service({
      metadata: { team: "größer 🦊" },
      endpoints: [
        {
          name: "Say.Hello",
          request: { name: "Req", type: "Req", values: [{ name: "name", type: "string" }] },
          response: { name: "Rsp", type: "Rsp" },
          metadata: { stream: "false" },
        },
      ],
      nodes: [
        { id: "whole-1", address: "10.0.0.1:8080", metadata: { 名前: "値", id: "9007199254740993" } },
        { id: "whole-2", address: "[fd00::1]:8080" },
      ],
    });
    await registry.register(one, { ttl: 60_000 });
    expect(await registry.get(one.name)).toEqual([one]);
    const names = await registry.list();
    expect(names).toContain(one.name);
    expect(names).toEqual([...names].sort());
  });

  test("a name with slashes and spaces is as good as any", async () => {
    const one = service({ name: "my/odd name?#é" });
    await registry.register(one, { ttl: 0 });
    expect(await registry.get(one.name)).toEqual([one]);
  });

  test("versions are grouped and sorted", async () => {
    const one = service({ version: "2.0.0" });
    const older: Service = {
      ...one,
      version: "1.0.0",
      nodes: [{ id: `${one.name}-0`, address: "10.0.0.2:1" }],
    };
    await registry.register(one, { ttl: 0 });
    await registry.register(older, { ttl: 0 });
    expect(await registry.get(one.name)).toEqual([older, one]);
  });

  test("a changed record replaces the one before", async () => {
    const one = service();
    await registry.register(one, { ttl: 60_000 });
    const moved = { ...one, nodes: [{ id: one.nodes[0]!.id, address: "10.0.0.9:9" }] };
    await registry.register(moved, { ttl: 60_000 });
    expect(await registry.get(one.name)).toEqual([moved]);
  });

  test("a service that is not renewed in its time is gone", async () => {
    const events = watching();
    const one = service();
    await registry.register(one, { ttl: 300 });
    await until(events, "create", one.name);
    expect((await until(events, "delete", one.name)).service).toEqual(one);
    expect(await registry.get(one.name)).toEqual([]);
    expect(await registry.list()).not.toContain(one.name);
  });

  test("a renewed service stays, by its check alone, and comes back when it was critical", async () => {
    const events = watching();
    const one = service();
    await registry.register(one, { ttl: 400 });
    await until(events, "create", one.name);
    const index = await modifyIndex(one.name);
    const stopAt = Date.now() + 1_000;
    while (Date.now() < stopAt) {
      await registry.register(one, { ttl: 400 });
      expect(await registry.get(one.name)).toHaveLength(1);
    }
    expect(await modifyIndex(one.name)).toBe(index);
    await until(events, "delete", one.name);
    await registry.register(one, { ttl: 400 });
    await until(events, "create", one.name);
  });

  test("a service that Consul has lost is registered again by its next renewal", async () => {
    const one = service();
    await registry.register(one, { ttl: 60_000 });
    await put(`agent/service/deregister/${one.nodes[0]!.id}`);
    await registry.register(one, { ttl: 60_000 });
    expect(await registry.get(one.name)).toEqual([one]);
  });

  test("deregistering goes by the node's id and leaves the others", async () => {
    const one = service();
    const both = { ...one, nodes: [...one.nodes, { id: `${one.name}-2`, address: "10.0.0.2:1" }] };
    await registry.register(both, { ttl: 0 });
    await registry.deregister({
      name: one.name,
      version: "",
      nodes: [{ id: one.nodes[0]!.id, address: "" }],
    });
    expect((await registry.get(one.name))[0]?.nodes).toEqual([both.nodes[1]]);
    await registry.deregister(both);
    expect(await registry.get(one.name)).toEqual([]);
    expect(await registry.list()).not.toContain(one.name);
  });

  test("a record that an agent now gone has left can be removed", async () => {
    const name = service().name;
    await put("catalog/register", {
      Node: "gone",
      Address: "10.9.9.9",
      Service: {
        ID: `${name}-1`,
        Service: name,
        Address: "10.9.9.9",
        Port: 1,
        Tags: [zlibTag("v", "1.0.0")],
      },
    });
    const [found] = await registry.get(name);
    await registry.deregister(found!);
    expect(await registry.get(name)).toEqual([]);
  });

  test("what a go-micro service of 2016 registered is read", async () => {
    const name = service().name;
    await put("agent/service/register", {
      ID: `${name}-uuid`,
      Name: name,
      Address: "10.0.0.5",
      Port: 34567,
      Tags: [
        't={"server":"rpc"}',
        't={"transport":"http"}',
        'e={"name":"Say.Hello","request":null}',
        "v=1.0.0",
        "eu",
      ],
      Check: { TTL: "30s" },
    });
    expect(await registry.get(name)).toEqual([]);
    await put(`agent/check/warn/service:${name}-uuid`);
    await expect
      .poll(() => registry.get(name))
      .toEqual([
        {
          name,
          version: "1.0.0",
          endpoints: [{ name: "Say.Hello" }],
          nodes: [
            { id: `${name}-uuid`, address: "10.0.0.5:34567", metadata: { server: "rpc", transport: "http" } },
          ],
        },
      ]);
  });

  test("what is registered here is what go-micro writes", async () => {
    const one = service({ nodes: [{ id: "wire-1", address: "10.0.0.7:8080", metadata: { server: "rpc" } }] });
    await registry.register(one, { ttl: 90_000 });
    const agent = (await (await fetch(`${server.url}/v1/agent/service/wire-1`)).json()) as Record<
      string,
      unknown
    >;
    expect(agent).toMatchObject({
      ID: "wire-1",
      Service: one.name,
      Address: "10.0.0.7",
      Port: 8080,
      Tags: encodeTags(one, one.nodes[0]!),
    });
    const checks = (await (await fetch(`${server.url}/v1/agent/checks`)).json()) as Record<
      string,
      { Type: string }
    >;
    expect(checks["service:wire-1"]).toMatchObject({ Status: "passing", Type: "ttl" });
  });

  test("watch tells what others do: create, update, delete", async () => {
    const events = watching();
    const other = open({ registry_address: [server.address] });
    const one = service();
    await registry.register(service(), { ttl: 0 }); // from here on the watch is known to listen
    await other.register(one, { ttl: 0 });
    expect((await until(events, "create", one.name)).service).toEqual(one);
    const second = { ...one, nodes: [{ id: `${one.name}-2`, address: "10.0.0.2:1" }] };
    await other.register(second, { ttl: 0 });
    expect((await until(events, "update", one.name)).service.nodes).toHaveLength(2);
    const moved = { ...one, nodes: [{ id: `${one.name}-2`, address: "10.0.0.3:1" }] };
    await other.register(moved, { ttl: 0 });
    expect((await until(events, "update", one.name)).service.nodes[1]).toEqual(moved.nodes[0]);
    await other.deregister(second);
    expect((await until(events, "delete", one.name)).service.nodes).toEqual([moved.nodes[0]]);
    await other.deregister(one);
    expect((await until(events, "delete", one.name)).service.nodes).toEqual(one.nodes);
    await other.close?.();
  });

  test("watch tells that a whole machine failed", async () => {
    const events = watching();
    const { name } = service();
    const machine = { Node: `machine-${name}`, Address: "10.8.8.8" };
    await registry.register(service(), { ttl: 0 });
    await put("catalog/register", { ...machine, Service: { ID: `${name}-1`, Service: name } });
    await until(events, "create", name);
    await put("catalog/register", {
      ...machine,
      Check: { CheckID: "serfHealth", Name: "up", Status: "critical" },
    });
    await until(events, "delete", name);
    expect(await registry.list()).not.toContain(name);
    await put("catalog/register", {
      ...machine,
      Check: { CheckID: "serfHealth", Name: "up", Status: "passing" },
    });
    await until(events, "create", name);
    expect(await registry.list()).toContain(name);
  });

  test("watch ends when its signal aborts, and two watches do not disturb each other", async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const one = registry.watch(first.signal)[Symbol.asyncIterator]();
    const two = registry.watch(second.signal)[Symbol.asyncIterator]();
    const ended = one.next();
    first.abort();
    expect(await ended).toMatchObject({ done: true });
    const created = service();
    await registry.register(created, { ttl: 0 });
    await until(two, "create", created.name);
    second.abort();
    expect(await registry.watch(first.signal)[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  });

  test("an address that does not answer is passed over for the next", async () => {
    const both = open({ registry_address: ["127.0.0.1:1", server.address] });
    expect(await both.list()).toContain("consul");
    expect(both.status?.()[0]).toMatchObject({ state: "up", note: server.address });
    await both.close?.();
  });

  test("after close every call says closed, a watch ends, and close twice is safe", async () => {
    const other = open({ registry_address: [server.address] });
    const next = other.watch(ending.signal)[Symbol.asyncIterator]().next();
    await other.list();
    await other.close?.();
    await other.close?.();
    expect(await next).toMatchObject({ done: true });
    await expect(other.list()).rejects.toMatchObject({ code: "closed" });
    expect(other.status?.()[0]?.state).toBe("stopped");
  });

  async function modifyIndex(name: string): Promise<number> {
    const [entry] = (await (await fetch(`${server.url}/v1/catalog/service/${name}`)).json()) as {
      ModifyIndex: number;
    }[];
    return entry!.ModifyIndex;
  }
});
