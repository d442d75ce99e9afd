import { type BotError, memoryRegistry } from "@micro-bot/core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { client } from "../src/client.ts";
import { http, type Peer, peer, server2016 } from "./peer.ts";

const caller = client({ registry: memoryRegistry() });
const service = "go.micro.srv.greeter";
let old: Peer;

beforeAll(async () => {
  old = await server2016();
});
afterAll(async () => {
  await caller.close();
  await old.close();
});

async function errorOf(work: Promise<unknown>): Promise<BotError> {
  return work.then(
    (answer) => expect.unreachable(`it answered ${JSON.stringify(answer)}`),
    (error: BotError) => error,
  );
}

/** The error of a call that is answered with these bytes. */
async function answered(bytes: Buffer | string, protocol = "mucp"): Promise<BotError> {
  const made = await peer(({ socket }) => void socket.end(bytes));
  const metadata = protocol === "" ? {} : { protocol };
  const call = caller.call(
    service,
    "Greeter.Hello",
    {},
    { node: made.node(metadata as Record<string, string>), timeout: 2000 },
  );
  return errorOf(call).finally(() => made.close());
}

describe("a node of 2016", () => {
  test("is sent an envelope, and its answer is read", async () => {
    const { raw } = await caller.call(service, "Greeter.Hello", { name: "Bob" }, { node: old.node() });
    expect(raw).toBe('{"msg":"Hello Bob"}');
    const { headers, body } = old.received.at(-1)!;
    expect(body).toBe('{"method":"Greeter.Hello","params":[{"name":"Bob"}],"id":0}\n');
    expect(headers["content-type"]).toBe("application/json-rpc");
  });

  test("has its error records and its plain errors read, and is reached again after it hung up", async () => {
    const node = old.node();
    expect(await errorOf(caller.call(service, "Greeter.Fail", {}, { node }))).toMatchObject({
      code: "invalid",
      detail: { id: service, code: 400, detail: "no name", status: "Bad Request" },
    });
    for (let i = 0; i < 3; i++)
      expect(await errorOf(caller.call(service, "Debug.Stats", {}, { node }))).toMatchObject({
        code: "not_found",
        detail: { code: 500, text: "rpc: can't find service Debug.Stats" },
      });
    expect((await caller.call(service, "Greeter.Hello", { name: "Eve" }, { node })).value).toEqual({
      msg: "Hello Eve",
    });
  });

  test("echoes stale headers, which are not believed", async () => {
    const stale = {
      "Micro-Id": "77",
      "Micro-Endpoint": "Other.Method",
      "Content-Type": "application/json-rpc",
    };
    const made = await peer(({ earlier }) => http(`{"id":"","result":${earlier},"error":null}`, stale));
    onTestFinished(() => made.close());
    for (const count of [0, 1, 2])
      expect((await caller.call(service, "A.B", {}, { node: made.node() })).value).toBe(count);
    expect(made.connections).toBe(1);
  });

  test.each([
    ['{"id":0,"result":null,"error":""}', "unspecified error"],
    ['{"id":0,"result":null,"error":{"code":404,"detail":"gone"}}', "gone"],
    ['{"id":0,"result":null,"error":17}', "17"],
    ['{"id":0}', "neither result nor error"],
    ["[]", "no JSON-RPC envelope"],
    ["null", "no JSON-RPC envelope"],
    ["", "is empty"],
    ["{", "is not JSON"],
  ])("that answers %s fails with words", async (body, words) => {
    expect((await answered(http(body), "")).message).toContain(words);
  });
});

describe("an answer", () => {
  const record = '{"id":"go.micro.srv.greeter","code":400,"detail":"no näme 😀","status":"Bad Request"}';

  test("in headers alone is an error record, its UTF-8 restored", async () => {
    const headers = { "Micro-Error": record, "X-Micro-Error": record, "Content-Type": "application/json" };
    expect(await answered(http("", headers))).toMatchObject({
      code: "invalid",
      detail: { id: service, code: 400, detail: "no näme 😀", status: "Bad Request", text: record },
    });
    expect(await answered(http("", { "X-Micro-Error": record }))).toMatchObject({ code: "invalid" });
  });

  test.each([
    [401, "denied"],
    [403, "denied"],
    [404, "not_found"],
    [408, "timeout"],
    [409, "conflict"],
    [429, "limited"],
    [400, "invalid"],
    [500, "failed"],
    [999, "failed"],
    [-1, "failed"],
  ])("with code %i is %s", async (code, expected) => {
    const error = await answered(http("", { "Micro-Error": `{"id":"x","code":${code},"detail":"d"}` }));
    expect(error).toMatchObject({ code: expected, detail: { code } });
  });

  test.each([
    [{ "Micro-Error": "plain words" }, "200 OK", "", "plain words"],
    [{ "Micro-Error": "{}" }, "200 OK", "", "{}"],
    [{ "Micro-Error": "[1" }, "200 OK", "", "[1"],
    [{ "Micro-Error": '{"code":"x","detail":5}' }, "200 OK", "", "Internal Server Error"],
    [
      { "Content-Type": "text/plain" },
      "200 OK",
      "unsupported Content-Type: x",
      "unsupported Content-Type: x",
    ],
    [{}, "503 Service Unavailable", "", "HTTP status 503"],
    [{}, "403 Forbidden", '{"id":"gw","code":403,"detail":"no entry"}', "no entry"],
    [{ "Content-Type": "text/html" }, "502 Bad Gateway", "<html>", "<html>"],
    [{}, "302 Found", "", "HTTP status 302"],
    [{}, "200 OK", "", "is empty"],
    [{}, "200 OK", "{]", "is not JSON"],
    [{}, "200 OK", "\u0000\u001b[2J", 'is not JSON: "\\u0000\\u001b[2J"'],
  ])("of the shape %j %s %s is an error in words", async (headers, status, body, words) => {
    expect((await answered(http(body, headers as Record<string, string>, status))).message).toContain(words);
  });

  test.each([
    ["no bytes", "", "closed before"],
    ["half a first line", "HTTP/1.1 20", "closed before"],
    ["half its headers", "HTTP/1.1 200 OK\r\nContent-", "closed before"],
    ["half its body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", "closed before"],
    ["half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}", "closed before"],
    ["no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "no answer that can be read"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "no answer"],
  ])("of %s is an error, and the call may have been carried out", async (_what, bytes, words) => {
    const error = await answered(bytes);
    expect(error).toMatchObject({ code: "failed", detail: { sent: true } });
    expect(error.message).toContain(words);
  });

  test("that is too long, in headers or body, ends the connection", async () => {
    const made = await peer(({ earlier: _, socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65536, 32)));
        if (!socket.destroyed) socket.once("drain", more);
      };
      more();
      return undefined;
    });
    const small = client({ registry: memoryRegistry(), maxAnswer: 100_000 });
    onTestFinished(async () => {
      await small.close();
      await made.close();
    });
    const error = await errorOf(small.call(service, "A.B", {}, { node: made.node() }));
    expect(error.message).toContain("the answer is longer than 100000 bytes");
    const headers = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`H${i}`, "x".repeat(1000)]));
    expect((await answered(http("{}", headers))).message).toContain("headers are too long");
  });

  test("that nobody asked for does not become the next call's", async () => {
    const made = await peer(({ earlier }) =>
      earlier === 0 ? Buffer.concat([http('"first"'), http('"stray"')]) : http('"next"'),
    );
    onTestFinished(() => made.close());
    const node = made.node({ protocol: "mucp" });
    // A connection's first call is answered twice; the second call must not see the stray one.
    const seen = [];
    for (let i = 0; i < 2; i++)
      seen.push((await caller.call(service, "A.B", {}, { node }).catch(() => undefined))?.value);
    expect(seen).toEqual(["first", "first"]);
    expect(made.connections).toBe(2);
  });

  test("keeps numbers and order as the node wrote them", async () => {
    const raw = '{"b":18446744073709551615,"10":1.50,"a":"\\u00e4"}';
    const made = await peer(({ headers }) =>
      http(
        headers["content-type"] === "application/json"
          ? `${raw}\n`
          : `{"error":null,"id":0,"result": ${raw} }`,
      ),
    );
    onTestFinished(() => made.close());
    expect((await caller.call(service, "A.B", {}, { node: made.node({ protocol: "mucp" }) })).raw).toBe(raw);
    expect((await caller.call(service, "A.B", {}, { node: made.node() })).raw).toBe(raw);
  });
});

describe("a stream", () => {
  const eos = http("", { "Micro-Error": "EOS" });

  test("sends its request twice, and yields every answer until the end", async () => {
    const made = await peer(({ earlier }) =>
      earlier === 0 ? undefined : Buffer.concat([http('{"n":1}'), http('{"n":2}'), eos]),
    );
    onTestFinished(() => made.close());
    const seen = [];
    for await (const { value } of caller.stream(
      service,
      "A.Count",
      { to: 2 },
      { node: made.node({ protocol: "mucp" }) },
    ))
      seen.push(value);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
    expect(made.received.map(({ body, headers }) => [body, headers["micro-stream"]])).toEqual([
      ['{"to":2}', "0"],
      ['{"to":2}', "0"],
    ]);
  });

  test("in envelopes ends with its own EOS", async () => {
    const made = await peer(({ earlier }) =>
      earlier === 0
        ? undefined
        : Buffer.concat([http('{"id":0,"result":1,"error":null}'), http('{"id":0,"error":"EOS"}')]),
    );
    onTestFinished(() => made.close());
    const seen = [];
    for await (const { value } of caller.stream(service, "A.Count", {}, { node: made.node() }))
      seen.push(value);
    expect(seen).toEqual([1]);
  });

  test.each([
    [http("", { "Micro-Error": '{"code":404,"detail":"gone"}' }), "gone"],
    [http("{"), "is not JSON"],
    ["HTTP/1.1 200 OK\r\n\r\n{}", "length is not stated"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}", "longer than 2097152 bytes"],
    ["nonsense\r\n\r\n", "begins with"],
    ["x".repeat(70_000), "headers are too long"],
    ["", "closed before the stream's end"],
  ])("that breaks fails in words (%#)", async (bytes, words) => {
    const made = await peer(({ earlier, socket }) => (earlier === 0 ? undefined : void socket.end(bytes)));
    onTestFinished(() => made.close());
    const all = async () => {
      for await (const _ of caller.stream(service, "A.B", {}, { node: made.node({ protocol: "mucp" }) }));
    };
    expect((await errorOf(all())).message).toContain(words);
  });

  test("that falls silent ends at its time, and one left early closes its connection", async () => {
    const made = await peer(({ earlier }) => (earlier === 0 ? undefined : http("1")));
    onTestFinished(() => made.close());
    const options = { node: made.node({ protocol: "mucp" }), timeout: 50 };
    const all = async () => {
      for await (const _ of caller.stream(service, "A.B", {}, options));
    };
    expect(await errorOf(all())).toMatchObject({ code: "timeout" });
    for await (const _ of caller.stream(service, "A.B", {}, options)) break;
    const { socket } = made.received.at(-1)!;
    await new Promise<void>((resolve) =>
      socket.destroyed ? resolve() : socket.once("close", () => resolve()),
    );
  });
});
