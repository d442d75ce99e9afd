import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type ConsulServer, findConsul, startConsul } from "../../../test/servers/consul.ts";
import { jsonOf } from "../src/answers.ts";
import { open, service, zlibTag } from "./help.ts";

const binary = findConsul();
const MB = 2 ** 20;

describe("an answer of any size", () => {
  const bytes = (value: unknown, indent: string | undefined) =>
    Buffer.from(JSON.stringify(value, null, indent));
  // Long enough that it is read part by part.
  const long = "x".repeat(70_000);

  test("is read as JSON.parse reads it", async () => {
    const strings = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1a\n') });
    const value = fc.oneof(
      fc.array(fc.oneof(fc.jsonValue(), strings)).map((items) => [...items, long]),
      fc
        .dictionary(fc.oneof(strings, fc.constant("__proto__")), fc.jsonValue())
        .map((pairs) => ({ ...pairs, long })),
    );
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(undefined, " "), async (given, indent) => {
        const body = bytes(given, indent);
        expect(await jsonOf(body)).toEqual(JSON.parse(body.toString()));
      }),
      { numRuns: 50 },
    );
  });

  test("that is no JSON is none", async () => {
    for (const text of [
      "",
      "{",
      `["${long}"`,
      `["${long}"]]`,
      `["${long}",]`,
      `{"${long}"}`,
      `["${long}"] x`,
    ])
      expect(await jsonOf(Buffer.from(text))).toBeUndefined();
    expect(await jsonOf("<html>")).toBeUndefined();
  });
});

describe("an answer that is too much", () => {
  let server: Server;
  let say: (response: ServerResponse) => void;
  const opened = () => {
    const registry = open({ registry_address: [`127.0.0.1:${(server.address() as AddressInfo).port}`] });
    onTestFinished(() => registry.close?.());
    return registry;
  };

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.setHeader("content-type", "application/json").setHeader("x-consul-index", "7");
      say(response);
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ["in bytes", `["${"x".repeat(9 * MB)}"]`, "is longer than 8388608 bytes"],
    ["in depth", "[".repeat(100_000) + "]".repeat(100_000), "is nested deeper than 32 levels"],
    ["in values", `[${"{},".repeat(200_000)}{}]`, "holds more than 200000 values"],
    ["in one part", `[{"a":[${"{},".repeat(50_000)}{}]},{}]`, "holds more than 50000 values"],
    [
      "in names",
      `{${Array.from({ length: 20_001 }, (_, i) => `"s${i}":[]`).join()}}`,
      "names more than 20000 services",
    ],
  ])("%s is refused, and Consul is not taken to be down", async (_what, body, why) => {
    say = (response) => void response.end(body);
    const registry = opened();
    for (const asked of [() => registry.list(), () => registry.get("x")])
      await expect(asked()).rejects.toMatchObject({ code: "limited", message: expect.stringContaining(why) });
    expect(registry.status?.()[0]?.state).not.toBe("down");
  });

  test("without an end is cut off", async () => {
    say = (response) => {
      const more = () => {
        if (!response.destroyed) response.write("x".repeat(MB), more);
      };
      more();
    };
    await expect(opened().get("x")).rejects.toMatchObject({ code: "limited" });
  });
});

describe.skipIf(!binary)("a record that is too much, in a real Consul", () => {
  let consul: ConsulServer;
  beforeAll(async () => {
    consul = await startConsul(binary!);
  });
  afterAll(() => consul?.stop());

  const bomb = (i: number) =>
    `t-${deflateSync(JSON.stringify({ [i]: "0".repeat(1_000_000) })).toString("hex")}`;
  const large = (i: number) => zlibTag("t", JSON.stringify({ [i]: "0".repeat(60_000) }));

  test.each([
    ["tags", Array.from({ length: 1001 }, (_, i) => `tag${i}`), "a node has more than 1000 tags"],
    ["tags that inflate", Array.from({ length: 40 }, (_, i) => large(i)), "its tags inflate to more than"],
    [
      "tags that inflate for ever",
      Array.from({ length: 40 }, (_, i) => bomb(i)),
      "its tags inflate to more than",
    ],
  ])("of %s is named with the reason, and others are read", async (_what, Tags, why) => {
    const registry = open({ registry_address: [consul.address] });
    onTestFinished(() => registry.close?.());
    const { name } = service();
    const body = JSON.stringify({ Name: name, ID: `${name}-1`, Address: "10.0.0.1", Port: 80, Tags });
    const put = await fetch(`${consul.url}/v1/agent/service/register`, { method: "PUT", body });
    expect(put.status, await put.text()).toBe(200);
    await expect
      .poll(() => registry.get(name).catch((error: unknown) => error))
      .toMatchObject({ code: "limited", message: expect.stringContaining(why) });
    expect(await registry.list()).toContain(name);
    const other = service();
    await registry.register(other, { ttl: 0 });
    expect(await registry.get(other.name)).toEqual([other]);
  });

  test("tags that many nodes have in common count once", async () => {
    const registry = open({ registry_address: [consul.address] });
    onTestFinished(() => registry.close?.());
    const { name } = service();
    const metadata = { long: "0".repeat(60_000) };
    const nodes = Array.from({ length: 50 }, (_, i) => ({
      id: `${name}-${String(i).padStart(2, "0")}`,
      address: "10.0.0.1:80",
      metadata,
    }));
    const many = { name, version: "1.0.0", nodes };
    await registry.register(many, { ttl: 0 });
    expect(await registry.get(name)).toEqual([many]);
  });

  test("nodes that fail their checks are counted, and are no nodes", async () => {
    const registry = open({ registry_address: [consul.address] });
    onTestFinished(() => registry.close?.());
    const { name } = service();
    for (const i of [1, 2]) {
      const Check = { TTL: "1h", Status: "critical" };
      const body = JSON.stringify({ Name: name, ID: `${name}-${i}`, Address: "10.0.0.1", Port: 80, Check });
      await fetch(`${consul.url}/v1/agent/service/register`, { method: "PUT", body });
    }
    await expect.poll(() => registry.unhealthy?.(name)).toBe(2);
    expect(await registry.get(name)).toEqual([]);
    expect(await registry.unhealthy?.("nowhere")).toBe(0);
  });
});
