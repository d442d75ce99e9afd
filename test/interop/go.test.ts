import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type BotError, type Flag, memoryStore, type PluginContext, type Registry } from "@micro-bot/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, client, type Service, service } from "../../packages/micro/src/index.ts";
import { consul } from "../../packages/registry-consul/src/plugin.ts";
import { type ConsulServer, findConsul, startConsul } from "../servers/consul.ts";
import { type Process, ready, removeDir, startProcess, tempDir } from "../servers/lib.ts";
import { buildGo } from "./go.ts";

const binary = findConsul();
const programs = await buildGo("v5", "greeter", "command", "caller", "reader");
const run = promisify(execFile);

/** Consul's registry as the engine would set it up. */
function registryAt(address: string): Registry {
  const registry = consul();
  const values = new Map<string, unknown>([["registry_address", [address]]]);
  const unset = { list: [], boolean: false, duration: 5000, number: undefined, string: undefined };
  const flags = (declared: readonly Flag[]) =>
    Object.fromEntries(declared.map(({ name, type = "string" }) => [name, values.get(name) ?? unset[type]]));
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  registry.init?.({
    flags: flags as PluginContext["flags"],
    log,
    store: memoryStore(),
    redact: (text) => text,
    commands: () => [],
  });
  return registry;
}

async function errorOf(work: Promise<unknown>): Promise<BotError> {
  return work.then(
    (answer) => expect.unreachable(`it answered ${JSON.stringify(answer)}`),
    (error: BotError) => error,
  );
}

describe.skipIf(!binary || !programs)("with go-micro v5 and Consul", () => {
  const dir = tempDir("interop");
  const started: Process[] = [];
  let agent: ConsulServer;
  let registry: Registry;
  let caller: Client;

  /** Starts a Go service, and waits until Consul lists one node more of it. */
  async function start(program: string, listed: string, env: readonly string[] = []): Promise<Process> {
    const before = (await registry.get(listed)).flatMap(({ nodes }) => nodes).length;
    const flags = ["--registry=consul", `--registry_address=${agent.address}`];
    const made = startProcess(`go-${started.length}`, "env", [...env, program, ...flags], { dir });
    started.push(made);
    const more = async () => (await registry.get(listed)).flatMap(({ nodes }) => nodes).length > before;
    await ready(made, more, 20_000, "listed in Consul");
    return made;
  }

  beforeAll(async () => {
    agent = await startConsul(binary!);
    registry = registryAt(agent.address);
    caller = client({ registry });
  });

  afterAll(async () => {
    await caller?.close();
    await Promise.all(started.map((process) => process.kill()));
    await registry?.close?.();
    await agent?.stop();
    removeDir(dir);
  });

  describe.each([
    ["mucp", [] as string[], "go.micro.srv.greeter"],
    ["grpc", ["GREETER_GRPC=1"], "go.micro.srv.greeter.grpc"],
  ])("a greeter over %s", (protocol, env, name) => {
    beforeAll(() => start(programs!.greeter, name, [...env, `GREETER_NAME=${name}`]));

    test("names its protocol, and answers in any script and all 64 bits", async () => {
      const request = '{"name":"Zoë 😀","count":9223372036854775807}';
      const { raw, node } = await caller.call(name, "Greeter.Hello", request);
      expect(node.metadata?.protocol).toBe(protocol);
      expect(raw).toBe('{"msg":"Hello Zoë 😀","count":9223372036854775807}');
    });

    test("answers many calls at once, each its own", async () => {
      const names = Array.from({ length: 100 }, (_, i) => `n${i}`);
      const answers = await Promise.all(
        names.map((each) => caller.call(name, "Greeter.Hello", { name: each })),
      );
      expect(answers.map(({ value }) => (value as { msg: string }).msg)).toEqual(
        names.map((each) => `Hello ${each}`),
      );
    });

    test("passes metadata to its handler", async () => {
      const { value } = await caller.call(name, "Greeter.Meta", {}, { metadata: { "X-Tenant": "blue" } });
      expect(value).toMatchObject({ msg: "blue" });
    });

    test("fails with its own record", async () => {
      expect(await errorOf(caller.call(name, "Greeter.Fail"))).toMatchObject({
        code: "invalid",
        detail: { id: "go.micro.srv.greeter", code: 400, detail: "no name: ä 😀", status: "Bad Request" },
      });
    });

    test("fails with plain words", async () => {
      const error = await errorOf(caller.call(name, "Greeter.Plain"));
      expect(error).toMatchObject({ code: "failed", detail: { code: 500, detail: "plain words" } });
    });

    // Over HTTP, go-micro gives no answer at all then.
    test("survives its handler's panic, and so does the next call", async () => {
      const error = await errorOf(caller.call(name, "Greeter.Panic", {}, { timeout: 200 }));
      expect(error.code).toBe(protocol === "mucp" ? "timeout" : "failed");
      expect((await caller.call(name, "Greeter.Hello", { name: "Bob" })).value).toMatchObject({
        msg: "Hello Bob",
      });
    });

    test.each(["Greeter.Nope", "Nope.Hello", "Debug.Health"])("does not serve %s", async (endpoint) => {
      expect(await errorOf(caller.call(name, endpoint))).toMatchObject({ code: "not_found" });
    });

    test("is given no more time than allowed", async () => {
      const error = await errorOf(caller.call(name, "Greeter.Slow", {}, { timeout: 100 }));
      expect(error).toMatchObject({ code: "timeout" });
    });

    test("streams its answers", async () => {
      const counts = [];
      for await (const { value } of caller.stream(name, "Greeter.Count", { name: "x", count: 3 }))
        counts.push((value as { count: number }).count);
      expect(counts).toEqual([1, 2, 3]);
    });
  });

  test("a greeter that ignores its protocol's tag is reached in envelopes too", async () => {
    const [node] = await caller.nodes("go.micro.srv.greeter");
    const options = { address: node!.address };
    const { raw } = await caller.call("go.micro.srv.greeter", "Greeter.Hello", { name: "Bob" }, options);
    expect(raw).toBe('{"msg":"Hello Bob","count":0}');
    const error = await errorOf(caller.call("go.micro.srv.greeter", "Greeter.Fail", {}, options));
    expect(error).toMatchObject({ code: "invalid", detail: { detail: "no name: ä 😀" } });
    const counts = [];
    for await (const { value } of caller.stream(
      "go.micro.srv.greeter",
      "Greeter.Count",
      { count: 2 },
      options,
    ))
      counts.push((value as { count: number }).count);
    expect(counts).toEqual([1, 2]);
  });

  test("when a node is killed, the calls go to the others", async () => {
    const name = "go.micro.srv.pair";
    const first = await start(programs!.greeter, name, [`GREETER_NAME=${name}`]);
    await start(programs!.greeter, name, [`GREETER_NAME=${name}`]);
    expect(await caller.nodes(name)).toHaveLength(2);
    await first.kill();
    for (let i = 0; i < 6; i++)
      expect((await caller.call(name, "Greeter.Hello", { name: "Bob" })).value).toBeTruthy();
  });

  test("a bot's command served in Go gives its help, and runs", async () => {
    const name = "go.micro.bot.deploy";
    await start(programs!.command, name);
    const help = await caller.call(name, "Command.Help");
    expect(help.value).toEqual({ usage: "deploy [service]", description: "Deploys a service" });
    const { value } = await caller.call(name, "Command.Exec", { args: ["deploy", "käse"] });
    expect(Buffer.from((value as { result: string }).result, "base64").toString()).toBe("deployed käse");
    expect((await caller.call(name, "Command.Exec", { args: ["deploy"] })).value).toEqual({
      error: "deploy what?",
    });
  });

  describe("a service in TypeScript", () => {
    const name = "go.micro.srv.typed";
    let served: Service;
    let address: string;

    beforeAll(async () => {
      served = service({
        name,
        version: "1.2.3",
        registry,
        metadata: { registry: "consul" },
        describe: {
          "Greeter.Hello": { request: { name: "Request", type: "Request" }, metadata: { stream: "false" } },
        },
        handlers: {
          "Greeter.Hello": (request: { name: string }) => ({
            msg: `Hello ${request.name}`,
            count: 2n ** 63n - 1n,
          }),
          "Greeter.Fail": () => {
            throw Object.assign(new Error("no name: ä 😀"), {
              name: "BotError",
              code: "invalid",
              detail: {},
            });
          },
        },
      });
      address = await served.start();
    });
    afterAll(() => served?.stop());

    /** What go-micro's own client gets. */
    async function call(endpoint: string, request: object): Promise<{ answer?: unknown; error?: string }> {
      const { stdout } = await run(programs!.caller, [
        agent.address,
        name,
        endpoint,
        JSON.stringify(request),
      ]);
      return JSON.parse(stdout) as { answer?: unknown; error?: string };
    }

    test("is found and called by a Go client, in all 64 bits", async () => {
      const { stdout } = await run(programs!.caller, [
        agent.address,
        name,
        "Greeter.Hello",
        '{"name":"Zoë 😀"}',
      ]);
      expect(stdout.trim()).toBe('{"answer":{"msg":"Hello Zoë 😀","count":9223372036854775807}}');
    });

    test("fails for a Go client with a record that it reads", async () => {
      const { error } = await call("Greeter.Fail", {});
      expect(JSON.parse(error!)).toMatchObject({
        id: name,
        code: 400,
        detail: "no name: ä 😀",
        status: "Bad Request",
      });
    });

    test("says to a Go client what it does not serve", async () => {
      expect((await call("Greeter.Nope", {})).error).toContain("rpc: can't find method Nope");
      expect((await call("Nope.Hello", {})).error).toContain("rpc: can't find service Nope");
      expect(await call("Debug.Health", {})).toEqual({ answer: { status: "ok" } });
    });

    test("is read back from Consul by Go as it was written", async () => {
      const { stdout } = await run(programs!.reader, [agent.address, name]);
      const [record] = JSON.parse(stdout) as [{ endpoints: { name: string }[]; nodes: object[] }];
      expect(record).toMatchObject({ name, version: "1.2.3" });
      expect(record.endpoints.map((endpoint) => endpoint.name).sort()).toEqual([
        "Greeter.Fail",
        "Greeter.Hello",
      ]);
      expect(record.nodes).toEqual([
        expect.objectContaining({
          address,
          metadata: {
            broker: "http",
            protocol: "mucp",
            registry: "consul",
            server: "mucp",
            transport: "http",
          },
        }),
      ]);
    });
  });
});
