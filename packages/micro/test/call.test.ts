import { BotError, memoryRegistry, type Node, type Registry } from "@micro-bot/core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Client, client } from "../src/client.ts";
import { type Service, service } from "../src/service.ts";
import { http, peer } from "./peer.ts";

const name = "go.micro.srv.greeter";
const registry = memoryRegistry();
let served: Service;
let caller: Client;

beforeAll(async () => {
  served = service({
    name,
    registry,
    handlers: {
      "Greeter.Hello": (request: { name: string }) => ({ msg: `Hello ${request.name}` }),
      "Greeter.Echo": (_request, ctx) => JSON.parse(ctx.raw, keepDigits),
      "Greeter.Meta": (_request, ctx) => ctx.metadata,
      "Greeter.Fail": () => {
        throw new BotError("invalid", "no name: ä 😀");
      },
      "Greeter.Own": () => {
        throw new BotError("failed", "x", { detail: { id: "mine", code: 409, detail: "taken" } });
      },
      "Greeter.Bug": () => {
        throw new TypeError("password=hunter2");
      },
      "Greeter.Slow": (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    },
  });
  await served.start();
  caller = client({ registry });
});

afterAll(async () => {
  await caller.close();
  await served.stop();
});

// Typings do not know the third argument yet.
function keepDigits(_key: string, value: unknown, ...[context]: unknown[]): unknown {
  const { source } = context as { source?: string };
  return typeof value === "number" && source !== undefined && /^-?\d{16,}$/.test(source)
    ? BigInt(source)
    : value;
}

function nodes(...addresses: string[]): Registry {
  const made = memoryRegistry();
  const list: Node[] = addresses.map((address, i) => ({
    id: `n${i}`,
    address,
    metadata: { protocol: "mucp" },
  }));
  void made.register({ name, version: "1", nodes: list }, { ttl: 0 });
  return made;
}

function own(...args: Parameters<typeof client>): Client {
  const made = client(...args);
  onTestFinished(() => made.close());
  return made;
}

async function fails(work: Promise<unknown>): Promise<BotError> {
  return work.then(
    () => expect.unreachable("it should have failed"),
    (error: BotError) => error,
  );
}

describe("a call", () => {
  test("is answered, with the JSON as text and as a value", async () => {
    const answer = await caller.call(name, "Greeter.Hello", { name: "Bob" });
    expect(answer.value).toEqual({ msg: "Hello Bob" });
    expect(answer.raw).toBe('{"msg":"Hello Bob"}');
    expect(answer.node.metadata?.protocol).toBe("mucp");
  });

  test("may be given as JSON text, and keeps 64-bit numbers and the order of keys", async () => {
    const text = '{"z":18446744073709551615,"a":-9223372036854775808,"s":"ä 😀 \\u2028"}';
    const { raw } = await caller.call(name, "Greeter.Echo", text);
    expect(raw).toBe('{"z":18446744073709551615,"a":-9223372036854775808,"s":"ä 😀 \u2028"}');
    expect((await caller.call(name, "Greeter.Echo", { n: 2n ** 64n - 1n })).raw).toBe(
      '{"n":18446744073709551615}',
    );
  });

  test("carries metadata in any script", async () => {
    const { value } = await caller.call(name, "Greeter.Meta", {}, { metadata: { "X-Tenant": "Zoë 😀" } });
    expect(value).toMatchObject({ "x-tenant": "Zoë 😀" });
  });

  test.each([
    ["Greeter.Fail", "invalid", { id: name, code: 400, detail: "no name: ä 😀", status: "Bad Request" }],
    ["Greeter.Own", "conflict", { id: "mine", code: 409, detail: "taken", status: "Conflict" }],
    ["Greeter.Bug", "failed", { id: name, code: 500, detail: "the handler failed" }],
    ["Greeter.Nope", "not_found", { code: 500, detail: "rpc: can't find method Nope" }],
    ["Nope.Hello", "not_found", { code: 500, detail: "rpc: can't find service Nope" }],
    ["Greeter", "failed", { code: 500, detail: "rpc: service/endpoint request ill-formed: Greeter" }],
  ])("%s fails as %s with the record's words", async (endpoint, code, detail) => {
    const error = await fails(caller.call(name, endpoint, {}));
    expect(error).toMatchObject({ code, detail });
    expect(error.message).toContain(`${name} ${endpoint}: ${detail.detail}`);
  });

  test("of a service that nobody lists is not found", async () => {
    expect(await fails(caller.call("go.micro.srv.nope", "A.B"))).toMatchObject({
      code: "not_found",
      detail: { code: 404, sent: false },
    });
    expect(await fails(caller.nodes("go.micro.srv.nope"))).toMatchObject({ code: "not_found" });
  });

  test.each([
    [name, "Greeter Hello", {}, undefined, /no endpoint/],
    ["a\r\nb", "A.B", {}, undefined, /no service name/],
    [name, "A.B", "{", undefined, /request is not JSON/],
    [name, "A.B", {}, { metadata: { "Micro-Endpoint": "C.D" } }, /'Micro-Endpoint' is the protocol's own/],
    [name, "A.B", {}, { metadata: { "X-A": "b\r\nEvil: 1" } }, /'X-A' holds a control/],
    [name, "A.B", {}, { metadata: { "X A": "b" } }, /'X A' is no header name/],
    [name, "A.B", {}, { timeout: 0 }, /timeout must be/],
    [name, "A.B", {}, { timeout: Number.NaN }, /timeout must be/],
  ])("that cannot be sent is refused in words (%#)", async (to, endpoint, request, options, words) => {
    const error = await fails(caller.call(to, endpoint, request, options));
    expect(error.code).toBe("invalid");
    expect(error.message).toMatch(words);
  });

  test("ends at its time limit, and at its caller's wish", async () => {
    const late = await fails(caller.call(name, "Greeter.Slow", {}, { timeout: 30 }));
    expect(late).toMatchObject({ code: "timeout", detail: { code: 408 } });
    const stop = new AbortController();
    const call = fails(caller.call(name, "Greeter.Slow", {}, { signal: stop.signal }));
    stop.abort();
    expect(await call).toMatchObject({ code: "cancelled" });
    const reason = new BotError("timeout", "the command took too long");
    expect(await fails(caller.call(name, "A.B", {}, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  test("waits for no registry longer than its time", async () => {
    const mute: Registry = { ...registry, get: () => new Promise(() => {}) };
    expect(await fails(own({ registry: mute }).call(name, "A.B", {}, { timeout: 20 }))).toMatchObject({
      code: "timeout",
    });
  });

  test("goes to another node when one refuses the connection, and to that one last afterwards", async () => {
    const down = await peer(() => undefined);
    await down.close();
    const up = await peer(() => http("{}"));
    onTestFinished(() => up.close());
    const made = own({ registry: nodes(down.address, up.address) });
    for (let i = 0; i < 6; i++) expect((await made.call(name, "A.B")).node.address).toBe(up.address);
    const all = own({ registry: nodes(down.address) });
    expect(await fails(all.call(name, "A.B"))).toMatchObject({ code: "failed", detail: { sent: false } });
  });

  test("is not repeated when a node may have done it, unless the caller says that does no harm", async () => {
    const cut = await peer(({ socket }) => void socket.destroy());
    const up = await peer(() => http('"up"'));
    onTestFinished(() => Promise.all([cut.close(), up.close()]).then(() => {}));
    const made = own({ registry: nodes(cut.address, up.address) });
    const outcomes = [];
    for (let i = 0; i < 2; i++)
      outcomes.push(await made.call(name, "A.B", {}, {}).catch((e: BotError) => e.detail));
    expect(outcomes).toContainEqual(expect.objectContaining({ sent: true, address: cut.address }));
    const again = own({ registry: nodes(cut.address, up.address) });
    for (let i = 0; i < 2; i++)
      expect((await again.call(name, "A.B", {}, { idempotent: true })).value).toBe("up");
  });

  test("shares its time with the next node when the first stays silent and it may be repeated", async () => {
    const mute = await peer(() => undefined);
    const up = await peer(() => http('"up"'));
    onTestFinished(() => Promise.all([mute.close(), up.close()]).then(() => {}));
    const made = own({ registry: nodes(mute.address, up.address) });
    for (let i = 0; i < 2; i++)
      expect((await made.call(name, "A.B", {}, { idempotent: true, timeout: 400 })).value).toBe("up");
  });

  test("may name its node or address", async () => {
    const one = await peer(() => http("1"));
    const two = await peer(() => http('{"id":"0","result":2,"error":null}'));
    onTestFinished(() => Promise.all([one.close(), two.close()]).then(() => {}));
    expect((await caller.call(name, "A.B", {}, { node: one.node({ protocol: "mucp" }) })).value).toBe(1);
    expect((await caller.call(name, "A.B", {}, { address: two.address })).value).toBe(2);
    for (const address of ["host", "user@host:80", "host:80/path", "host:0", "host:99999", ""])
      expect((await fails(caller.call(name, "A.B", {}, { address }))).message).toContain("is not host:port");
  });

  test("of a node with an unknown protocol says so", async () => {
    const node = { id: "n", address: "127.0.0.1:1", metadata: { protocol: "toString" } };
    expect((await fails(caller.call(name, "A.B", {}, { node }))).message).toContain("speaks 'toString'");
  });

  test("spreads over the nodes in turn", async () => {
    const all = await Promise.all([1, 2, 3].map(() => peer(() => http("{}"))));
    onTestFinished(() => Promise.all(all.map((one) => one.close())).then(() => {}));
    const made = own({ registry: nodes(...all.map((one) => one.address)) });
    for (let i = 0; i < 9; i++) await made.call(name, "A.B");
    expect(all.map((one) => one.received.length)).toEqual([3, 3, 3]);
  });

  test("keeps its connection, one request at a time on each, and no more than allowed", async () => {
    const waiting: (() => void)[] = [];
    const pairs = await peer(({ socket }) => {
      waiting.push(() => socket.write(http('{"id":0,"result":{},"error":null}')));
      if (waiting.length === 2) for (const answer of waiting.splice(0)) answer();
      return undefined;
    });
    onTestFinished(() => pairs.close());
    const made = own({ registry, connections: 2 });
    await Promise.all(Array.from({ length: 20 }, () => made.call(name, "A.B", {}, { node: pairs.node() })));
    expect(pairs.connections).toBe(2);
    expect(pairs.received).toHaveLength(20);
    const kept = await peer(() => http('{"id":0,"result":{},"error":null}'));
    onTestFinished(() => kept.close());
    for (let i = 0; i < 5; i++) await made.call(name, "A.B", {}, { node: kept.node() });
    expect(kept.connections).toBe(1);
  });

  test("that waits for a connection gives up its place when cancelled", async () => {
    const mute = await peer(() => undefined);
    onTestFinished(() => mute.close());
    const made = own({ registry, connections: 1 });
    const node = mute.node();
    const first = fails(made.call(name, "A.B", {}, { node, timeout: 60 }));
    const second = fails(made.call(name, "A.B", {}, { node, timeout: 20 }));
    expect((await second).code).toBe("timeout");
    expect((await first).code).toBe("timeout");
    expect(mute.received).toHaveLength(1);
  });

  test("tells a node its time in nanoseconds", async () => {
    const up = await peer(() => http("{}"));
    onTestFinished(() => up.close());
    await caller.call(name, "A.B", {}, { node: up.node({ protocol: "mucp" }), timeout: 5000 });
    expect(Number(up.received[0]!.headers.timeout) / 1e6).toBeCloseTo(5000, -2);
  });
});
