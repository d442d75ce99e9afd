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
});

async function run(line: string, more: { registry?: Registry } = {}): Promise<string> {
  const words = line.split(" ");
  const args = line.includes("{")
    ? [...line.slice(0, line.indexOf("{")).trim().split(" "), line.slice(line.indexOf("{"))]
    : words;
  const ctx = fakeContext({
    event: event({ data: line }),
    registry: more.registry ?? registry,
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
    expect(await run("list services", { registry: memoryRegistry() })).toBe("no services");
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
