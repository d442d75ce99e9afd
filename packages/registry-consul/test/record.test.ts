import { registryChanges as changes } from "@micro-bot/kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { goDuration, registrationOf, servicesOf } from "../src/record.ts";
import { zlibTag } from "./help.ts";

interface Raw {
  id: string;
  version?: string;
  address?: string;
  port?: number;
  checks?: string[];
}

function entry({ id, version, address = "10.0.0.1", port = 80, checks = ["passing"] }: Raw): unknown {
  return {
    Node: { Node: "machine", Address: "192.168.0.9" },
    Service: {
      ID: id,
      Service: "greeter",
      Address: address,
      Port: port,
      Tags: version === undefined ? [] : [zlibTag("v", version)],
    },
    Checks: checks.map((Status) => ({ Status })),
  };
}

test("nodes are grouped by version, both sorted", async () => {
  const body = [
    entry({ id: "c", version: "2.0.0" }),
    entry({ id: "b", version: "1.0.0" }),
    entry({ id: "a", version: "2.0.0" }),
  ];
  expect(await servicesOf("greeter", body)).toEqual([
    { name: "greeter", version: "1.0.0", nodes: [{ id: "b", address: "10.0.0.1:80" }] },
    {
      name: "greeter",
      version: "2.0.0",
      nodes: [
        { id: "a", address: "10.0.0.1:80" },
        { id: "c", address: "10.0.0.1:80" },
      ],
    },
  ]);
});

test("a node with any critical check is left out, one with a warning stays", async () => {
  const body = [
    entry({ id: "bad", version: "1", checks: ["passing", "critical"] }),
    entry({ id: "good", version: "1", checks: ["passing", "warning"] }),
    entry({ id: "alone", version: "2", checks: ["critical"] }),
  ];
  const versions = await servicesOf("greeter", body);
  expect(versions.map(({ version, nodes }) => [version, nodes.map(({ id }) => id)])).toEqual([
    ["1", ["good"]],
  ]);
});

test("an entry without a version tag has the empty version", async () => {
  expect((await servicesOf("greeter", [entry({ id: "a" })]))[0]).toMatchObject({
    version: "",
    nodes: [{ id: "a" }],
  });
});

test("an entry without an address has its machine's", async () => {
  const [found] = await servicesOf("greeter", [entry({ id: "a", address: "" })]);
  expect(found?.nodes[0]?.address).toBe("192.168.0.9:80");
});

test("an address without a port, with the port in it, and of IPv6 are read", async () => {
  const address = async (raw: Partial<Raw>) =>
    (await servicesOf("x", [entry({ id: "a", ...raw })]))[0]?.nodes[0]?.address;
  expect(await address({ address: "greeter.local", port: 0 })).toBe("greeter.local");
  expect(await address({ address: "greeter.local:8080", port: 0 })).toBe("greeter.local:8080");
  expect(await address({ address: "fd00::1", port: 8080 })).toBe("[fd00::1]:8080");
});

test("whatever answers, reading it does not throw", async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything(), fc.array(fc.anything()), async (body, items) => {
      await servicesOf("greeter", body);
      await servicesOf("greeter", [
        { Service: { ID: "a", Tags: items }, Checks: items, Node: body },
        ...items,
      ]);
    }),
  );
});

test("an address is split for Consul and comes back whole", async () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  await fc.assert(
    fc.asyncProperty(host, fc.integer({ min: 1, max: 65_535 }), async (name, port) => {
      const address = name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
      const wanted = registrationOf({ name: "x", version: "1", nodes: [] }, { id: "a", address }, 0);
      const [found] = await servicesOf("x", [entry({ id: "a", address: wanted.address, port: wanted.port })]);
      expect(found?.nodes[0]?.address).toBe(address);
    }),
  );
});

test("durations are written as Go does", () => {
  expect([10_000, 90_000, 60_000, 1_500, 0.5].map(goDuration)).toEqual([
    "10s",
    "1m30s",
    "1m0s",
    "1500ms",
    "1ms",
  ]);
});

test("a time to live of 0 makes no check, another one is removed after a minute at the earliest", () => {
  const one = { name: "x", version: "1", nodes: [] };
  const node = { id: "a", address: "10.0.0.1:1" };
  expect(registrationOf(one, node, 0).check).toBeUndefined();
  expect(registrationOf(one, node, 10_000).check).toMatchObject({
    ttl: "10s",
    deregistercriticalserviceafter: "1m5s",
  });
  expect(registrationOf(one, node, 90_000).check).toMatchObject({
    deregistercriticalserviceafter: "1m35s",
  });
});

test("a record that Consul could not keep is refused by name", () => {
  const node = { id: "a", address: "10.0.0.1:1" };
  expect(() => registrationOf({ name: "", version: "1", nodes: [] }, node, 0)).toThrow("has no name");
  expect(() => registrationOf({ name: "x", version: "1", nodes: [] }, { ...node, id: "" }, 0)).toThrow(
    "'x' has no id",
  );
  expect(() => registrationOf({ name: "x", version: "1", nodes: [] }, node, Number.NaN)).toThrow("ttl NaN");
});

const version = (name: string, ...ids: string[]) => ({
  name: "x",
  version: name,
  nodes: ids.map((id) => ({ id, address: "10.0.0.1:1" })),
});

test("the first version of a service is a create, every other one an update", () => {
  expect(changes([], [version("1", "a"), version("2", "b")]).map(({ action }) => action)).toEqual([
    "create",
    "update",
  ]);
  expect(changes([version("1", "a")], [version("1", "a"), version("2", "b")])).toEqual([
    { action: "update", service: version("2", "b") },
  ]);
});

test("a delete names just the nodes that are gone", () => {
  expect(changes([version("1", "a", "b")], [version("1", "b")])).toEqual([
    { action: "delete", service: version("1", "a") },
  ]);
  expect(changes([version("1", "a"), version("2", "b")], [])).toEqual([
    { action: "delete", service: version("1", "a") },
    { action: "delete", service: version("2", "b") },
  ]);
});

test("a node that moved to another version is not told as gone", () => {
  expect(changes([version("1", "a")], [version("2", "a")])).toEqual([
    { action: "update", service: version("2", "a") },
  ]);
});

test("what did not change is not told", () => {
  expect(changes([version("1", "a")], [version("1", "a")])).toEqual([]);
});
