import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { memoryRegistry, type Registry } from "@micro-bot/core";
import { service } from "@micro-bot/micro";
import { event, fakeContext, testCommand } from "@micro-bot/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verbs } from "../src/plugin.ts";

const registry = memoryRegistry();
const GREETER = "go.micro.srv.greeter";
const greeter = service({
  name: GREETER,
  version: "1.0.0",
  registry,
  id: `${GREETER}-1`,
  handlers: {
    "Greeter.Hello": (request) => ({
      msg: `Hello ${(request as { name?: string }).name}`,
      id: 9223372036854775807n,
    }),
    "Greeter.Hang": () => new Promise(() => {}),
    "Greeter.Long": () => Array.from({ length: 5000 }, (_, i) => `line ${i}`),
  },
});
let stock: Server;

/** A node as stock go-micro v5 answers for what it does not serve. */
async function stockNode(): Promise<string> {
  stock = createServer((_request, response) => {
    response.setHeader("Micro-Error", "rpc: can't find service Debug").end();
  });
  await new Promise<void>((resolve) => stock.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(stock.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  await greeter.start();
  const metadata = { protocol: "mucp" };
  const nodes = [
    { id: "stock", address: await stockNode(), metadata },
    { id: "gone", address: "127.0.0.1:1", metadata },
  ];
  await registry.register({ name: "mixed", version: "latest", nodes }, { ttl: 0 });
});
afterAll(async () => {
  await greeter.stop();
  stock.close();
  for (const close of closed) await close();
});

/** A service whose nodes say this of themselves. */
async function saying(name: string, answer: unknown, nodes = 1): Promise<void> {
  const own = service({ name, registry, handlers: { "Debug.Health": () => answer } });
  const address = await own.start();
  closed.push(() => own.stop());
  const metadata = { protocol: "mucp" };
  const more = Array.from({ length: nodes - 1 }, (_, i) => ({ id: `more-${i}`, address, metadata }));
  await registry.register({ name, version: "latest", nodes: more }, { ttl: 0 });
}
const closed: (() => unknown)[] = [];

async function run(line: string, more: { registry?: Registry; maxReply?: number } = {}): Promise<string> {
  const words = line.split(" ");
  const args = line.includes("{")
    ? [...line.slice(0, line.indexOf("{")).trim().split(" "), line.slice(line.indexOf("{"))]
    : words;
  const ctx = fakeContext({
    event: event({ data: line }),
    registry: more.registry ?? registry,
    ...(more.maxReply !== undefined && { maxReply: more.maxReply }),
  });
  const [, command] = Object.entries(table).find(([pattern]) => new RegExp(pattern, "i").test(line))!;
  const answer = await command.exec(args, ctx);
  return typeof answer === "string" ? answer : (answer as { data: string }).data;
}
const table = verbs();

describe("reading", () => {
  test("list services gives the names, sorted, one a line", async () => {
    expect(await run("list services")).toBe("go.micro.srv.greeter\nmixed");
    expect(await run("services")).toBe(await run("list services"));
    expect(await run("list services", { registry: memoryRegistry() })).toMatch(
      /^no services\n.*mDNS.*MICRO_REGISTRY=consul MICRO_REGISTRY_ADDRESS=127\.0\.0\.1:8500 \(or --registry=consul --registry_address=127\.0\.0\.1:8500\)/s,
    );
  });

  test("list services says where go-micro's are when there is nothing but Consul and the bot", async () => {
    const bare = memoryRegistry();
    const of = (name: string) => ({
      name,
      version: "1",
      nodes: [{ id: `${name}-1`, address: "127.0.0.1:1" }],
    });
    for (const name of ["go.micro.bot", "consul"]) await bare.register(of(name), { ttl: 0 });
    expect(await run("list services", { registry: bare })).toMatch(
      /^consul\ngo\.micro\.bot\nno other services\n.*mDNS.*MICRO_REGISTRY=consul/s,
    );
    await bare.register(of("orders"), { ttl: 0 });
    expect(await run("list services", { registry: bare })).toBe("consul\ngo.micro.bot\norders");
  });

  test("get service shows versions, nodes and endpoints", async () => {
    const text = await run(`get service ${GREETER}`);
    expect(text).toMatch(
      /^service {2}go\.micro\.srv\.greeter\n\nversion 1\.0\.0\n\nId\tAddress\tMetadata\ngo\.micro\.srv\.greeter-1\t127\.0\.0\.1:\d+\t.*protocol=mucp/,
    );
    expect(text).toContain("Endpoint: Greeter.Hello");
    expect(await run("get something")).toBe("unknown command...\nsupported commands: \nget service [name]");
  });

  test("health asks every node side by side, and tells down from reachable", async () => {
    expect(await run(`health ${GREETER}`)).toMatch(/\ngo\.micro\.srv\.greeter-1\t\t127\.0\.0\.1:\d+\t\tok$/);
    const mixed = await run("health mixed");
    expect(mixed).toMatch(/stock\t\t\S+\t\treachable, no debug handler/);
    expect(mixed).toMatch(/gone\t\t127\.0\.0\.1:1\t\t.*(refused|connect)/i);
  });

  test("a node that says too much of itself is told off in its own row", async () => {
    await saying("chatty", { status: `up\n${"and down ".repeat(10_000)}` });
    expect(await run("health chatty")).toMatch(/the answer is longer than 65536 bytes$/);
    await saying("wordy", { status: `up\n${"and down ".repeat(1000)}` });
    const row = (await run("health wordy")).split("\n").at(-1)!;
    expect(row).toMatch(/\t\tup and down .*…$/);
    expect(row.length).toBeLessThan(500);
  });

  test("all nodes are asked, however many, and told in their order", async () => {
    await saying("many", { status: "ok" }, 300);
    const rows = (await run("health many")).split("\n").filter((row) => row.endsWith("\t\tok"));
    expect(rows).toHaveLength(300);
    expect(rows).toEqual(rows.toSorted());
  });

  test("stats shows uptime and memory, and empty columns for a node that is gone", async () => {
    expect(await run(`stats ${GREETER}`)).toMatch(
      /\t\t[A-Z][a-z]{2} \d+ \d\d:\d\d:\d\d\t\d+s\t\d+\.\d\dmb\t\d+\t\S+$/,
    );
    expect(await run("stats mixed")).toMatch(/gone\t\t127\.0\.0\.1:1\t\t\t\t\t0\t?$/m);
  });

  test("says when the registry does not answer and the list is from memory", async () => {
    const stale: Registry = { ...registry, stale: () => Date.UTC(2026, 0, 2, 3, 4, 5) };
    expect(await run("list services", { registry: stale })).toMatch(
      /the registry does not answer: this is as of 2026-01-02T03:04:05/,
    );
  });

  test("a service whose nodes all fail their checks is not taken for one that is not there", async () => {
    const ill: Registry = { ...memoryRegistry(), unhealthy: async (name) => (name === "orders" ? 2 : 0) };
    for (const line of ["get service orders", "health orders", "stats orders"])
      await expect(run(line, { registry: ill })).rejects.toMatchObject({
        code: "not_found",
        message: "none of the nodes of orders is healthy: 2 registered, 2 failing their checks",
      });
    await expect(run("call orders A.B", { registry: ill })).rejects.toThrow(
      "none of its nodes is healthy: 2",
    );
    await expect(run("get service ordres", { registry: ill })).rejects.toThrow("Service not found");
    await expect(run("call ordres A.B", { registry: ill })).rejects.toThrow("no such service");
  });

  test.each([
    ["health nowhere", "Service not found"],
    ["get service nowhere", "Service not found"],
    ["health", "require service name"],
    ["get service", "require service name"],
  ])("%s says what is missing", async (line, message) => {
    await expect(run(line)).rejects.toThrow(message);
  });
});

describe("calling", () => {
  test("call prints the answer with tabs, and 64-bit numbers unchanged", async () => {
    expect(await run(`call ${GREETER} Greeter.Hello {"name": "John"}`)).toBe(
      '{\n\t"msg": "Hello John",\n\t"id": 9223372036854775807\n}',
    );
    expect(await run(`query ${GREETER} Greeter.Hello {“name”: “Ann”}`)).toContain("Hello Ann");
    expect(await run(`call ${GREETER} Greeter.Hello`)).toContain("Hello undefined");
  });

  test("what call shows ends at the longest reply, with a note", async () => {
    const shown = await run(`call ${GREETER} Greeter.Long {}`, { maxReply: 2000 });
    expect(shown.length).toBeLessThanOrEqual(2000);
    expect(shown).toMatch(/^\[\n\t"line 0",\n.*\n… \d+ more characters not shown$/s);
    expect(await run(`call ${GREETER} Greeter.Long {}`)).toMatch(/"line 4999"\n\]$/);
  });

  test("JSON that nobody types is refused for what it is", async () => {
    const deep = `{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
    for (const line of [`call ${GREETER} Greeter.Hello ${deep}`, `register service ${deep}`])
      await expect(run(line)).rejects.toMatchObject({
        code: "invalid",
        message: "this JSON is nested deeper than 100 levels",
      });
  });

  test.each([
    ["call nowhere Foo.Bar", "not_found", /^error calling nowhere\.Foo\.Bar: /],
    [`call ${GREETER} Greeter.Nope`, "not_found", /^error calling \S+: rpc: can't find method Nope$/],
    [`call ${GREETER} Greeter.Hello {"name": John}`, "invalid", /this is no JSON, at character 10/],
    [`call ${GREETER}`, "invalid", /require service and endpoint/],
    ["call mixed X.Y", "not_found", /error calling mixed\.X\.Y: rpc: can't find service Debug/],
  ])("%s fails in words", async (line, code, message) => {
    await expect(run(line)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe("changing", () => {
  const definition =
    '{"name": "orders", "version": "1", "nodes": [{"id": "orders-1", "address": "10.0.0.1", "port": 80}]}';

  test("register and deregister say ok, and the registry shows it", async () => {
    expect(await run(`register service ${definition}`)).toBe("ok");
    expect((await registry.get("orders"))[0]?.nodes).toEqual([{ id: "orders-1", address: "10.0.0.1:80" }]);
    expect(await run(`deregister service ${definition}`)).toBe("ok");
    expect(await registry.get("orders")).toEqual([]);
  });

  test.each([
    ["register service", "require service definition"],
    ["register service {}", 'no "name"'],
    ["deregister service orders", `not a definition: 'orders'. It is JSON, as in {"name": "orders", `],
    ['register service {"name": "x"}', 'no "nodes"'],
    ['register service {"name": "x", "nodes": [{"id": "1"}]}', `the node '1' has no "address"`],
    ["deregister service [1]", "is not a JSON object"],
  ])("%s says what is missing", async (line, message) => {
    await expect(run(line)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining(message),
    });
  });

  test("is for operators, and so is calling; reading is for anyone", () => {
    const operators = Object.values(table).filter(({ access }) => access === "operator");
    expect(operators.map(({ name }) => name).sort()).toEqual(["call", "deregister", "register", "stream"]);
  });
});

testCommand({
  name: "list",
  pattern: "^(list( services)?|services)$",
  create: () => verbs()["^(list( services)?|services)$"]!,
  examples: [{ say: "list services", answers: /go\.micro\.srv\.greeter/ }],
  context: () => ({ registry }),
});
testCommand({
  name: "call",
  pattern: "^(call|query)( |$)",
  create: () => verbs()["^(call|query)( |$)"]!,
  examples: [
    { say: `call ${GREETER} Greeter.Hello {}`, answers: /Hello/ },
    { say: "call", throws: "invalid" },
  ],
  context: () => ({ registry }),
});
testCommand({
  name: "health",
  pattern: "^health( |$)",
  create: () => verbs()["^health( |$)"]!,
  examples: [{ say: `health ${GREETER}`, answers: /ok$/ }],
  context: () => ({ registry }),
});
