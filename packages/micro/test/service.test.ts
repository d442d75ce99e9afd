import { connect } from "node:net";
import { BotError, type Service as Listed, memoryRegistry, type Registry } from "@micro-bot/core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Service, type ServiceOptions, service } from "../src/service.ts";

const name = "go.micro.srv.greeter";
let served: Service;
let url: string;

const handlers: ServiceOptions["handlers"] = {
  "Greeter.Hello": (request: { name?: string }) => ({ msg: `Hello ${request.name}` }),
  "Greeter.Nothing": () => undefined,
  "Greeter.Deep": () => 1n << 63n,
  "Greeter.Fail": () => {
    throw new BotError("denied", "line one\nline two ä");
  },
};

beforeAll(async () => {
  served = service({
    name,
    registry: memoryRegistry(),
    handlers,
    maxRequest: 2000,
    routes: {
      "/health": () => ({ body: "ok\n" }),
      "/ready": () => ({ status: 503, type: "application/json", body: '{"ready":false}' }),
    },
  });
  url = `http://${await served.start()}`;
});
afterAll(() => served.stop());

function post(body: string, headers: Record<string, string>, path = "/"): Promise<Response> {
  return fetch(url + path, { method: "POST", body, headers });
}

const JSON_TYPE = { "Content-Type": "application/json" };

/** A service of its own, with a registry that can be told to fail. */
async function own(options: Partial<ServiceOptions>): Promise<{ made: Service; address: string }> {
  const made = service({ name, registry: memoryRegistry(), handlers, ...options });
  onTestFinished(() => made.stop());
  return { made, address: await made.start() };
}

describe("a service", () => {
  test.each([
    ["application/json", ""],
    ["application/json-rpc", ""],
    ["application/json-rpc", "Greeter.Other"],
  ])("answers the envelope of 2016 as %s %s", async (type, endpoint) => {
    const headers = {
      "Content-Type": type,
      "X-Micro-From-Service": "x",
      ...(endpoint && { "Micro-Endpoint": endpoint }),
    };
    const response = await post('{"method":"Greeter.Hello","params":[{"name":"Bob"}],"id":7}\n', headers);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('{"id":7,"result":{"msg":"Hello Bob"},"error":null}\n');
  });

  test.each(["Micro-Endpoint", "Micro-Method", "X-Micro-Endpoint", "X-Micro-Method"])(
    "answers the bare JSON form, called by %s, on any path",
    async (header) => {
      const response = await post(
        '{"name":"Bob"}',
        { ...JSON_TYPE, [header]: "Greeter.Hello" },
        "/any/where",
      );
      expect(await response.text()).toBe('{"msg":"Hello Bob"}\n');
      expect(response.headers.get("micro-error")).toBeNull();
    },
  );

  test("takes an empty body as an empty request, and a handler's nothing as an empty answer", async () => {
    expect(await (await post("", { ...JSON_TYPE, "Micro-Endpoint": "Greeter.Nothing" })).text()).toBe("{}\n");
    expect(await (await post("{}", { ...JSON_TYPE, "Micro-Endpoint": "Greeter.Deep" })).text()).toBe(
      "9223372036854775808\n",
    );
  });

  test("echoes the envelope's id as it was written", async () => {
    for (const id of ['"a"', "18446744073709551615", "null", '{"x":[1]}']) {
      const response = await post(`{"id":${id},"method":"Greeter.Nothing","params":[{}]}`, JSON_TYPE);
      expect(await response.text()).toBe(`{"id":${id},"result":{},"error":null}\n`);
    }
  });

  test.each([
    ["Nope.Stats", "rpc: can't find service Nope.Stats", "rpc: can't find service Nope"],
    ["Greeter.Nope", "rpc: can't find method Greeter.Nope", "rpc: can't find method Nope"],
    [
      "Greeter",
      "rpc: service/method request ill-formed: Greeter",
      "rpc: service/endpoint request ill-formed: Greeter",
    ],
    [
      "constructor",
      "rpc: service/method request ill-formed: constructor",
      "rpc: service/endpoint request ill-formed: constructor",
    ],
  ])("says of %s in both forms what go-micro says", async (endpoint, enveloped, bare) => {
    const one = await post(JSON.stringify({ method: endpoint, params: [{}], id: 1 }), JSON_TYPE);
    expect(await one.json()).toEqual({ id: 1, result: null, error: enveloped });
    const two = await post("{}", { ...JSON_TYPE, "Micro-Endpoint": endpoint });
    expect([two.status, two.headers.get("micro-error"), await two.text()]).toEqual([200, bare, ""]);
    expect(two.headers.get("x-micro-error")).toBe(bare);
  });

  test("writes a handler's error as go-micro's record, in UTF-8 and on one line", async () => {
    const record = { id: name, code: 403, detail: "line one\nline two ä", status: "Forbidden" };
    const one = await post('{"method":"Greeter.Fail","params":[{}],"id":1}', JSON_TYPE);
    expect(JSON.parse(((await one.json()) as { error: string }).error)).toEqual(record);
    const two = await post("{}", { ...JSON_TYPE, "Micro-Endpoint": "Greeter.Fail" });
    const text = Buffer.from(two.headers.get("micro-error")!, "latin1").toString();
    expect(JSON.parse(text)).toEqual(record);
  });

  test.each(["", "application/protobuf", "text/html; x=\u00e4"])(
    "refuses the content type '%s' in plain text",
    async (type) => {
      const response = await post("x", { "Content-Type": type, "Micro-Endpoint": "Greeter.Hello" });
      expect([response.status, response.headers.get("micro-error")]).toEqual([200, null]);
      expect(await response.text()).toContain("unsupported Content-Type: ");
    },
  );

  test.each([
    "{",
    "[]",
    "null",
    '{"method":"Greeter.Hello","params":{}}',
    '{"method":1,"params":[1]}',
    '{"method":"A.B","params":[1,2]}',
  ])("says what is wrong with the envelope %s", async (body) => {
    const { error } = (await (await post(body, JSON_TYPE)).json()) as { error: string };
    expect(JSON.parse(error)).toMatchObject({
      id: name,
      code: 400,
      detail: expect.stringContaining("the request"),
    });
  });

  test("refuses streams with a record", async () => {
    const response = await post("{}", {
      ...JSON_TYPE,
      "Micro-Endpoint": "Greeter.Hello",
      "Micro-Stream": "1",
    });
    expect(JSON.parse(response.headers.get("micro-error")!)).toMatchObject({ id: name, code: 501 });
  });

  test("refuses a request that is too long, and does not read the rest", async () => {
    const response = await post(JSON.stringify({ x: "y".repeat(3000) }), {
      ...JSON_TYPE,
      "Micro-Endpoint": "Greeter.Hello",
    });
    expect(JSON.parse(response.headers.get("micro-error")!)).toMatchObject({
      code: 413,
      detail: expect.stringContaining("longer than 2000 bytes"),
    });
    await response.text();
  });

  test("tells its health and its numbers", async () => {
    const health = await post('{"service":"x"}', { ...JSON_TYPE, "Micro-Endpoint": "Debug.Health" });
    expect(await health.json()).toEqual({ status: "ok" });
    const stats = await post("{}", { ...JSON_TYPE, "Micro-Endpoint": "Debug.Stats" });
    const numbers = (await stats.json()) as Record<string, number>;
    expect(Object.keys(numbers).sort()).toEqual(
      ["errors", "gc", "memory", "requests", "started", "threads", "timestamp", "uptime"].sort(),
    );
    expect(numbers.requests).toBeGreaterThan(1);
    expect(numbers.memory).toBeGreaterThan(1_000_000);
  });

  test("answers plain HTTP routes on the same port, and 404 elsewhere", async () => {
    expect(await (await fetch(`${url}/health?x`)).text()).toBe("ok\n");
    const ready = await fetch(`${url}/ready`);
    expect([ready.status, ready.headers.get("content-type"), await ready.text()]).toEqual([
      503,
      "application/json",
      '{"ready":false}',
    ]);
    expect((await fetch(`${url}/nope`)).status).toBe(404);
    expect((await fetch(`${url}/health`, { method: "HEAD" })).status).toBe(200);
  });

  test("ends a handler at its caller's time, and tells it so", async () => {
    let aborted: unknown;
    const { address } = await own({
      handlers: {
        "A.Slow": (_request, { signal }) =>
          new Promise(() => signal.addEventListener("abort", () => (aborted = signal.reason))),
      },
    });
    const headers = { ...JSON_TYPE, "Micro-Endpoint": "A.Slow", Timeout: "20000000" };
    const response = await fetch(`http://${address}`, { method: "POST", headers, body: "{}" });
    expect(JSON.parse(response.headers.get("micro-error")!)).toMatchObject({ id: name, code: 408 });
    expect(aborted).toMatchObject({ code: "timeout" });
  });

  test("tells a handler that its caller has gone", async () => {
    let begun: () => void = () => {};
    const working = new Promise<void>((resolve) => (begun = resolve));
    let heard: (reason: unknown) => void = () => {};
    const gone = new Promise((resolve) => (heard = resolve));
    const { address } = await own({
      handlers: {
        "A.Slow": (_request, { signal }) => {
          signal.addEventListener("abort", () => heard(signal.reason));
          begun();
          return new Promise(() => {});
        },
      },
    });
    const stop = new AbortController();
    const headers = { ...JSON_TYPE, "Micro-Endpoint": "A.Slow" };
    const call = fetch(`http://${address}`, { method: "POST", headers, body: "{}", signal: stop.signal });
    await working;
    stop.abort();
    await expect(call).rejects.toThrow();
    expect(await gone).toMatchObject({ code: "cancelled" });
  });

  test("works on so many requests at once and no more", async () => {
    let finish: () => void = () => {};
    let begun: () => void = () => {};
    const working = new Promise<void>((resolve) => (begun = resolve));
    const { address } = await own({
      maxRequests: 1,
      handlers: {
        "A.Slow": () => {
          begun();
          return new Promise<void>((resolve) => (finish = resolve));
        },
      },
    });
    const headers = { ...JSON_TYPE, "Micro-Endpoint": "A.Slow" };
    const ask = () => fetch(`http://${address}`, { method: "POST", headers, body: "{}" });
    const first = ask();
    await working;
    expect(JSON.parse((await ask()).headers.get("micro-error")!)).toMatchObject({ code: 429 });
    finish();
    expect(await (await first).text()).toBe("{}\n");
  });

  test("that cannot have its port says which, and can be started again", async () => {
    const port = Number(new URL(url).port);
    const second = service({ name, registry: memoryRegistry(), port });
    await expect(second.start()).rejects.toMatchObject({
      code: "config",
      message: expect.stringContaining(`${port}`),
    });
    await second.stop();
  });
});

describe("its record", () => {
  test("is listed while it runs, with the tags by which Go clients choose the wire", async () => {
    const registry = memoryRegistry();
    const describe = { "Greeter.Hello": { request: { name: "Req", type: "Req" } } };
    const { made, address } = await own({
      registry,
      describe,
      version: "1.2.3",
      metadata: { registry: "consul" },
    });
    const [listed] = await registry.get(name);
    expect(listed).toMatchObject({ name, version: "1.2.3" });
    expect(listed!.endpoints).toContainEqual({
      name: "Greeter.Hello",
      request: { name: "Req", type: "Req" },
    });
    expect(listed!.endpoints!.map((endpoint) => endpoint.name)).not.toContain("Debug.Health");
    expect(listed!.nodes).toEqual([
      {
        id: expect.stringMatching(/^go\.micro\.srv\.greeter-[0-9a-f-]{36}$/),
        address,
        metadata: { broker: "http", protocol: "mucp", registry: "consul", server: "mucp", transport: "http" },
      },
    ]);
    await made.stop();
    await made.stop();
    expect(await registry.get(name)).toEqual([]);
    await expect(fetch(`http://${address}`)).rejects.toThrow();
  });

  test("may name another host", async () => {
    const { address } = await own({ advertise: "bot.example" });
    expect(address).toMatch(/^bot\.example:\d+$/);
  });

  test("is renewed, and a registry that is down does not stop the service", async () => {
    const memory = memoryRegistry();
    let down = true;
    const tries: Listed[] = [];
    let twice: () => void = () => {};
    const renewed = new Promise<void>((resolve) => (twice = resolve));
    const registry: Registry = {
      ...memory,
      async register(record, options) {
        tries.push(record);
        if (down) {
          down = false;
          throw new Error("the registry is down");
        }
        await memory.register(record, options);
        if (tries.length >= 3) twice();
      },
    };
    const warned: string[] = [];
    const log = {
      debug() {},
      info: (_f: object, m: string) => warned.push(m),
      warn: (_f: object, m: string) => warned.push(m),
      error() {},
    };
    const { address } = await own({ registry, ttl: 30, log });
    expect((await fetch(`http://${address}/x`)).status).toBe(404);
    await renewed;
    expect((await memory.get(name))[0]!.nodes[0]!.address).toBe(address);
    expect(warned).toEqual(["cannot register, will try again", "registered again"]);
  });

  test("is not brought back by a renewal that was under way when it stopped", async () => {
    const memory = memoryRegistry();
    let begun: () => void = () => {};
    let finish: () => void = () => {};
    const renewing = new Promise<void>((resolve) => (begun = resolve));
    let count = 0;
    const registry: Registry = {
      ...memory,
      async register(record, options) {
        if (++count === 2) {
          begun();
          await new Promise<void>((resolve) => (finish = resolve));
        }
        await memory.register(record, options);
      },
    };
    const { made } = await own({ registry, ttl: 30 });
    await renewing;
    const stopped = made.stop();
    finish();
    await stopped;
    expect(await memory.get(name)).toEqual([]);
  });
});

describe("a hostile caller", () => {
  test.each([
    ["no HTTP", "\u0000\u0001\u0002 hello\r\n\r\n"],
    [
      "a smuggled second length",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["headers without end", `POST / HTTP/1.1\r\nHost: x\r\n${"A: b\r\n".repeat(20_000)}`],
  ])("that sends %s is hung up on", async (_what, bytes) => {
    const { port } = new URL(url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    socket.write(bytes, "latin1");
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});
