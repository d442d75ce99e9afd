import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RegistryEvent } from "@micro-bot/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ConsulServer, findConsul, startConsul } from "../../../test/servers/consul.ts";
import { freePort } from "../../../test/servers/lib.ts";
import { lines, open, service, until } from "./help.ts";

const binary = findConsul();

test("with nobody there and nothing known the error names the address", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const registry = open({ registry_address: [address] });
  for (const call of [registry.list(), registry.get("x"), registry.register(service(), { ttl: 0 })])
    await expect(call).rejects.toMatchObject({
      code: "not_connected",
      message: expect.stringContaining(address),
    });
  expect(registry.stale?.()).toBeUndefined();
  expect(registry.status?.()[0]).toMatchObject({
    state: "down",
    note: expect.stringContaining("ECONNREFUSED"),
  });
  await registry.close?.();
});

test("something else at the address is not taken for Consul", async () => {
  const other = createServer((_request, response) => void response.end("<html>hello</html>"));
  await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const registry = open({ registry_address: [`127.0.0.1:${port}`] });
  await expect(registry.list()).rejects.toMatchObject({ code: "not_connected", message: /is not Consul/ });
  await registry.close?.();
  other.close();
});

describe.skipIf(!binary)("when Consul goes away", () => {
  let server: ConsulServer;
  const ending = { now: new AbortController() };

  beforeEach(async () => {
    server = await startConsul(binary!);
    ending.now = new AbortController();
  });

  afterEach(async () => {
    ending.now.abort();
    await server.stop();
  });

  const watching = (registry: ReturnType<typeof open>): AsyncIterator<RegistryEvent> =>
    registry.watch(ending.now.signal)[Symbol.asyncIterator]();

  test("list and get speak from the last good copy and stale says since when", async () => {
    const registry = open({ registry_address: [server.address] });
    const one = service();
    await registry.register(one, { ttl: 0 });
    const names = await registry.list();
    await registry.get(one.name);
    expect(registry.stale?.()).toBeUndefined();
    const lastWord = Date.now();

    await server.kill();
    expect(await registry.list()).toEqual(names);
    expect(await registry.get(one.name)).toEqual([one]);
    expect(await registry.get("go.micro.srv.nobody")).toEqual([]);
    await expect(registry.get("consul")).rejects.toMatchObject({ code: "not_connected" });
    await expect(registry.register(one, { ttl: 1_000 })).rejects.toMatchObject({ code: "not_connected" });
    expect(registry.stale?.()).toBeLessThanOrEqual(lastWord);
    expect(registry.status?.()[0]).toMatchObject({
      state: "down",
      note: expect.stringContaining(server.address),
    });

    await server.restart();
    expect(await registry.list()).toEqual(["consul"]);
    expect(registry.stale?.()).toBeUndefined();
    expect(registry.status?.()[0]).toMatchObject({ state: "up", note: server.address });
    expect(lines.join("\n")).toContain("answers again");
    await registry.close?.();
  });

  test("the copy cannot be changed by whoever got it", async () => {
    const registry = open({ registry_address: [server.address] });
    const one = service();
    await registry.register(one, { ttl: 0 });
    await registry.get(one.name);
    await server.kill();
    ((await registry.get(one.name)) as unknown[]).pop();
    expect(await registry.get(one.name)).toEqual([one]);
    await registry.close?.();
  });

  test("services come back by their next heartbeat, and watch tells both", async () => {
    const registry = open({ registry_address: [server.address] });
    const events = watching(registry);
    const one = service();
    await registry.register(one, { ttl: 60_000 });
    await until(events, "create", one.name);

    await server.restart();
    expect((await until(events, "delete", one.name)).service).toEqual(one);
    await registry.register(one, { ttl: 60_000 });
    expect((await until(events, "create", one.name)).service).toEqual(one);
    expect(await registry.get(one.name)).toEqual([one]);
    await registry.close?.();
  });

  test("a watch that began while Consul was away tells what it finds", async () => {
    await server.kill();
    const registry = open({ registry_address: [server.address] });
    const events = watching(registry);
    const one = service();
    await expect(registry.register(one, { ttl: 0 })).rejects.toMatchObject({ code: "not_connected" });
    await server.restart();
    const other = open({ registry_address: [server.address] });
    await other.register(one, { ttl: 0 });
    expect((await until(events, "create", one.name)).service).toEqual(one);
    await Promise.all([registry.close?.(), other.close?.()]);
  });

  test("a Consul that accepts and says nothing is given up after the deadline", async () => {
    const registry = open({ registry_address: [server.address], consul_timeout: 300 });
    const names = await registry.list();
    server.pause();
    expect(await registry.list()).toEqual(names);
    expect(registry.status?.()[0]).toMatchObject({
      state: "down",
      note: expect.stringContaining("timed out"),
    });
    server.resume();
    await expect.poll(() => registry.list().then(() => registry.stale?.())).toBeUndefined();
    await registry.close?.();
  });

  test("closing does not wait for a request that hangs", async () => {
    const registry = open({ registry_address: [server.address], consul_timeout: 60_000 });
    await registry.list();
    server.pause();
    const waiting = registry.get("x");
    await registry.close?.();
    await expect(waiting).rejects.toMatchObject({ code: "closed" });
  });
});
