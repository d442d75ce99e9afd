import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Person } from "../packages/input-irc/test/person.ts";
import { peer } from "../packages/micro/test/peer.ts";
import { type BotProcess, micro, startBot } from "./bot.ts";
import { buildGo } from "./interop/go.ts";
import { type ConsulServer, findConsul, startConsul } from "./servers/consul.ts";
import { type Inspircd, noAtheme, startInspircd } from "./servers/inspircd.ts";
import {
  canConnect,
  freePort,
  type Process,
  ready,
  removeDir,
  startProcess,
  tempDir,
} from "./servers/lib.ts";

const binary = findConsul();
const go = await buildGo("v5", "greeter", "command", "gateway");
const goV4 = await buildGo("v4", "greeter");

const MUCP = "go.micro.srv.greeter";
const GRPC = "go.micro.srv.greeter.grpc";
const OLD = "go.micro.srv.old";

let people = 0;

/** A service as 2016 had them: envelopes, always 200, no `protocol` in its metadata. */
function oldService() {
  const opened = new WeakSet<object>();
  const response = (answer: object) => {
    const body = `${JSON.stringify(answer)}\n`;
    return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
  return peer(({ body, headers, socket }) => {
    const { method, params, id } = JSON.parse(body);
    if (headers["micro-stream"] !== undefined) {
      // The first message only opens the stream; the second one is read.
      if (opened.delete(socket)) {
        const counts = [1, 2, 3].map((count) => response({ id, result: { count }, error: null }));
        return [...counts, response({ id, result: null, error: "EOS" })].join("");
      }
      opened.add(socket);
      return undefined;
    }
    const results: Record<string, unknown> = {
      "Greeter.Hello": { msg: `Hello ${params[0]?.name}` },
      "Debug.Health": { status: "ok" },
      "Debug.Stats": { started: 1795449012, uptime: 2, memory: 1095752, threads: 7, gc: 147679 },
    };
    const known = Object.hasOwn(results, method);
    const error = known ? null : `rpc: can't find method ${method}`;
    return response({ id, result: known ? results[method]! : {}, error });
  });
}

describe.skipIf(!binary || !go || !goV4 || noAtheme)("among real services, in a real Consul", () => {
  const dir = tempDir("services");
  const started: Process[] = [];
  let consul: ConsulServer;
  let irc: Inspircd;
  let bot: BotProcess;
  let old: Awaited<ReturnType<typeof oldService>>;

  const at = (...args: string[]) => micro([`--registry_address=${consul.address}`, ...args]);
  const healthy = async (name: string) => {
    const answer = await fetch(`${consul.url}/v1/health/service/${name}?passing=true`);
    return ((await answer.json()) as unknown[]).length;
  };

  async function start(program: string, name: string, env: Record<string, string> = {}): Promise<Process> {
    const before = await healthy(name);
    const flags = ["--registry=consul", `--registry_address=${consul.address}`];
    const service = startProcess(`go-${started.length}`, program, flags, { dir, env });
    started.push(service);
    await ready(service, async () => (await healthy(name)) > before, 20_000, "in Consul");
    return service;
  }

  beforeAll(async () => {
    [consul, irc, old] = await Promise.all([
      startConsul(binary!),
      startInspircd({ accounts: { alice: "sesame" } }),
      oldService(),
    ]);
    await Promise.all([
      start(go!.greeter, MUCP, { GREETER_NAME: MUCP }),
      start(go!.greeter, GRPC, { GREETER_NAME: GRPC, GREETER_GRPC: "1" }),
    ]);
    const [host, port] = old.address.split(":");
    const definition = {
      name: OLD,
      version: "1.0.0",
      nodes: [{ id: `${OLD}-1`, address: host, port: Number(port) }],
    };
    expect((await at("register", "service", JSON.stringify(definition))).out).toBe("ok\n");
    bot = startBot([
      "bot",
      `--registry_address=${consul.address}`,
      "--inputs=console,irc",
      "--irc_server=127.0.0.1",
      `--irc_port=${irc.port}`,
      "--irc_channels=#ops",
      "--irc_pace=0s",
      "--operators=irc:alice",
    ]);
    await Promise.all([bot.logged(/irc is connected/), bot.logged(/console is connected/)]);
  });

  afterAll(async () => {
    await bot?.stop();
    await Promise.all(started.map((service) => service.kill()));
    await Promise.all([consul?.stop(), irc?.stop(), old?.close()]);
    removeDir(dir);
  });

  test.each([
    ["mucp", MUCP],
    ["gRPC", GRPC],
    ["the envelope of 2016", OLD],
  ])("from the shell, %s is listed, shown, asked and called", async (_wire, name) => {
    expect((await at("list", "services")).out.split("\n")).toContain(name);
    expect((await at("get", "service", name)).out).toMatch(
      new RegExp(`^service  ${name}\n\nversion 1\\.0\\.0\n`),
    );
    const { out, code } = await at("call", name, "Greeter.Hello", '{"name": "Jörg"}');
    expect(JSON.parse(out)).toMatchObject({ msg: "Hello Jörg" });
    expect(code).toBe(0);
    const health = (await at("health", name)).out;
    expect(health).toMatch(name === OLD ? /\t\tok\n$/ : /\t\treachable, no debug handler\n$/);
    expect((await at("stats", name)).out).toMatch(
      name === OLD ? /\t2s\t1\.04mb\t7\t147\.679µs\n$/ : /no debug handler\n$/,
    );
  });

  test.each([MUCP, GRPC, OLD])("%s streams its answers to the shell", async (name) => {
    const { out, code } = await at("stream", name, "Greeter.Count", '{"name": "x", "count": 3}');
    expect(out.match(/"count": "?\d/g)).toHaveLength(3);
    expect(code).toBe(0);
  });

  test("numbers of 64 bits and a phone's quotes come through on the terminal", async () => {
    bot.type(`call ${MUCP} Greeter.Hello {“name”: “Ann”, “count”: 9223372036854775807}`);
    expect(await bot.printed(/Hello/)).toBe('\t"msg": "Hello Ann",');
    expect(await bot.printed(/count/)).toMatch(/9223372036854775807/);
  });

  test.each([MUCP, GRPC, OLD])(
    "on the terminal and on IRC %s is listed, shown, asked, called and streams",
    async (name) => {
      const alice = await Person.join(irc.port, `al${++people}`, { login: ["alice", "sesame"] });
      onTestFinished(() => alice.close());
      const debug = name === OLD ? /ok$/ : /reachable, no debug handler$/;
      const asked: readonly (readonly [line: string, answer: RegExp])[] = [
        ["list services", new RegExp(`${name}$`)],
        [`get service ${name}`, new RegExp(`service  ${name}$`)],
        [`health ${name}`, debug],
        [`stats ${name}`, name === OLD ? /147\.679µs$/u : debug],
        [`call ${name} Greeter.Hello {"name": "you"}`, /"msg": "Hello you"/],
        [`stream ${name} Greeter.Count {"name": "x", "count": 3}`, /"count": "?3/],
      ];
      for (const [line, answer] of asked) {
        bot.type(line);
        await bot.printed(answer);
        alice.say("#ops", `micro: ${line}`);
        await alice.next(new RegExp(`^:micro\\S* PRIVMSG #ops :.*${answer.source}`, "u"));
      }
    },
  );

  test("on IRC a bare nick may read, and is told what would let it change things", async () => {
    const ann = await Person.join(irc.port, "ann");
    onTestFinished(() => ann.close());
    ann.say("#ops", `micro: call ${MUCP} Greeter.Hello`);
    expect(await ann.next(/PRIVMSG #ops :ann: not done/)).toMatch(
      /call is for operators\. You would need --operators=irc:ann/,
    );
  });

  test.each([
    ["unknown service", ["call", "nowhere", "Foo.Bar"], /error calling nowhere\.Foo\.Bar: /],
    ["unknown endpoint", ["call", MUCP, "Greeter.Nope"], /can't find method/],
    [
      "error record",
      ["call", MUCP, "Greeter.Fail"],
      /no name: ä 😀 \(go\.micro\.srv\.greeter 400 Bad Request\)/u,
    ],
    ["error that is no record", ["call", GRPC, "Greeter.Plain"], /plain words/],
    ["broken JSON", ["call", MUCP, "Greeter.Hello", "{name}"], /this is no JSON, at character 2/],
  ])("an %s is told in words, with exit code 1", async (_what, args, words) => {
    const { out, code } = await at(...args);
    expect(out).toMatch(words);
    expect(code).toBe(1);
  });

  test("a service that hangs is given up, its person told, and nobody else is delayed", async () => {
    const ann = await Person.join(irc.port, "slowann");
    onTestFinished(() => ann.close());
    bot.type(`call ${MUCP} Greeter.Slow`);
    ann.say("#ops", "micro: ping");
    expect(await ann.heard("#ops", /micro/u)).toBe("slowann: pong");
    // Whose time is up first, the bot's or the service's, which then answers with an error of its own, is chance.
    expect(await bot.printed(/calling .*Greeter\.Slow/)).toMatch(
      /^(error executing cmd: )?error calling .*Greeter\.Slow: /,
    );
  });

  test("when a node is killed another one answers", async () => {
    const name = "go.micro.srv.pair";
    const first = await start(go!.greeter, name, { GREETER_NAME: name });
    await start(go!.greeter, name, { GREETER_NAME: name });
    await first.kill();
    for (let i = 0; i < 4; i++) {
      const { out } = await at("call", name, "Greeter.Hello", '{"name": "you"}');
      expect(out).toContain("Hello you");
    }
    expect((await at("health", name)).out).toMatch(/(refused|connect)/i);
  });

  test("a command written in Go is in help within 2 s, answers, and is gone within 2 s of its end", async () => {
    const service = await start(go!.command, "go.micro.bot.deploy");
    await within(2000, () => bot.logged(/is the command 'deploy'/));
    bot.type("help deploy");
    expect(await bot.printed(/Deploys/)).toBe("deploy [service] - Deploys a service");
    bot.type("deploy orders now");
    expect(await bot.printed(/deployed/)).toBe("deployed orders now");
    bot.type("deploy");
    expect(await bot.printed(/what/)).toBe("error executing cmd: deploy what?");
    await service.stop();
    await within(2000, async () => {
      for (let gone = false; !gone; ) {
        bot.type("help deploy");
        gone = (await bot.printed(/deploy/)) === "there is no command 'deploy'";
      }
    });
  });

  test("register and deregister are seen by Consul", async () => {
    const definition =
      '{"name": "by.hand", "version": "1", "nodes": [{"id": "by-hand-1", "address": "127.0.0.1:9"}]}';
    bot.type(`register service ${definition}`);
    await bot.printed(/^ok$/);
    expect(await healthy("by.hand")).toBe(1);
    bot.type(`deregister service ${definition}`);
    await bot.printed(/^ok$/);
    expect(await healthy("by.hand")).toBe(0);
  });

  test("the bot is a service itself: real go-micro names, Debug.*, /health and /ready", async () => {
    expect((await at("health", "go.micro.bot")).out).toMatch(/\t\tok\n$/);
    const [entry] = (await (await fetch(`${consul.url}/v1/health/service/go.micro.bot`)).json()) as {
      Service: { Address: string; Port: number };
    }[];
    const url = `http://${entry!.Service.Address}:${entry!.Service.Port}`;
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({
      status: "ready",
      inputs: expect.arrayContaining(["irc"]),
    });
  });

  test("go-micro's gateway describes what the bot serves, and calls it", async () => {
    const port = await freePort();
    const gateway = startProcess("go-gateway", go!.gateway, [consul.address, `127.0.0.1:${port}`], { dir });
    started.push(gateway);
    await ready(gateway, () => canConnect(port));
    const { tools } = (await (await fetch(`http://127.0.0.1:${port}/mcp/tools`)).json()) as {
      tools: { name: string; description: string; inputSchema: object }[];
    };
    const own = tools.filter(({ name }) => name.startsWith("go.micro.bot.Debug."));
    const inputSchema = { type: "object", properties: {} };
    expect(own.sort((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { name: "go.micro.bot.Debug.Health", description: "Says whether it is alive", inputSchema },
      { name: "go.micro.bot.Debug.Stats", description: expect.stringContaining("uptime"), inputSchema },
    ]);
    const body = JSON.stringify({ tool: "go.micro.bot.Debug.Health", input: {} });
    const called = await fetch(`http://127.0.0.1:${port}/mcp/call`, { method: "POST", body });
    expect(await called.text()).toContain('"status":"ok"');
  });

  test("go-micro v4.7, the last with a Debug handler, is healthy and has stats", async () => {
    const port = await freePort();
    started.push(startProcess("go-v4", goV4!.greeter, [`127.0.0.1:${port}`], { dir }));
    await ready(started.at(-1)!, () => canConnect(port));
    const node = { id: "v4-1", address: `127.0.0.1:${port}`, metadata: { protocol: "mucp" } };
    await at(
      "register",
      "service",
      JSON.stringify({ name: "go.micro.srv.v4", version: "latest", nodes: [node] }),
    );
    expect((await at("health", "go.micro.srv.v4")).out).toMatch(/\t\tok\n$/);
    expect((await at("stats", "go.micro.srv.v4")).out).toMatch(/\t\d+s\t\d+\.\d\dmb\t\d+\t\S+\n$/);
  });

  // The last one: Consul forgets everything when it is killed.
  test("with Consul down the list is from memory, and says so", async () => {
    bot.type("list services");
    await bot.printed(new RegExp(`^${OLD}$`));
    await consul.kill();
    bot.type("list services");
    await bot.printed(new RegExp(`^${OLD}$`));
    expect(await bot.printed(/does not answer/)).toMatch(/this is as of \d{4}-/);
    bot.type("ping");
    await bot.printed(/^pong$/);
  });
});

async function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${ms} ms`)), ms);
  });
  return Promise.race([work(), late]).finally(() => clearTimeout(timer));
}
