import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { type BotError, memoryRegistry, type Node } from "@micro-bot/core";
import fc from "fast-check";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { client } from "../src/client.ts";
import { frame } from "../src/frames.ts";
import { protobufFields } from "../src/protobuf.ts";
import { endingOf } from "../src/status.ts";

const caller = client({ registry: memoryRegistry() });
afterAll(() => caller.close());

interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** A bare HTTP/2 server that answers each request as it is told. */
async function server(answer: (stream: ServerHttp2Stream, received: Received) => void) {
  const made: Http2Server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  made.on("session", (session) => sessions.add(session));
  made.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => answer(stream, { headers, body: Buffer.concat(chunks) }));
  });
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(made.address() as AddressInfo).port}`;
  const stop = () =>
    new Promise<void>((resolve) => {
      made.close(() => resolve());
      for (const session of sessions) session.destroy();
    });
  onTestFinished(stop);
  const node: Node = { id: "g", address, metadata: { protocol: "grpc" } };
  return { node, sessions, stop };
}

/** Messages, then trailers. */
function say(stream: ServerHttp2Stream, messages: readonly Buffer[], trailers: Record<string, string>): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc+json" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers(trailers));
  for (const message of messages) stream.write(message);
  stream.end();
}

const OK = { "grpc-status": "0" };

async function errorOf(work: Promise<unknown>): Promise<BotError> {
  return work.then(
    (answer) => expect.unreachable(`it answered ${JSON.stringify(answer)}`),
    (error: BotError) => error,
  );
}

/** A protobuf field of bytes. */
function field(number: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

const record = Buffer.concat([
  field(1, "greeter"),
  Buffer.from([16, 0x90, 3]),
  field(3, "no name: ä"),
  field(4, "Bad Request"),
]);
const details = Buffer.concat([
  Buffer.from([8, 3]),
  field(2, "m"),
  field(3, Buffer.concat([field(1, "type"), field(2, record)])),
]);

describe("a gRPC node", () => {
  test("is asked in JSON on the path of service and endpoint, many calls on one connection", async () => {
    const seen: Received[] = [];
    const { node, sessions } = await server((stream, received) => {
      seen.push(received);
      say(stream, [frame('{"n":"18446744073709551615","m":18446744073709551615}')], OK);
    });
    const options = { node, metadata: { "X-Tenant": "t" } };
    const all = await Promise.all(
      [1, 2, 3].map((n) => caller.call("go.greeter", "Greeter.Hello", { n }, options)),
    );
    expect(all[0]!.raw).toBe('{"n":"18446744073709551615","m":18446744073709551615}');
    expect(seen[0]!.headers).toMatchObject({
      ":path": "/go.greeter.Greeter/Hello",
      "content-type": "application/grpc+json",
      te: "trailers",
      "x-tenant": "t",
    });
    expect(seen.map(({ body }) => body.toString("utf8", 5)).sort()).toEqual([
      '{"n":1}',
      '{"n":2}',
      '{"n":3}',
    ]);
    expect(sessions.size).toBe(1);
  });

  test("streams its messages, however they are cut", async () => {
    const { node } = await server((stream) => {
      const bytes = Buffer.concat([frame('{"i":1}'), frame('"ä😀"'), frame("3")]);
      say(
        stream,
        Array.from(bytes, (byte) => Buffer.from([byte])),
        OK,
      );
    });
    const seen = [];
    for await (const { value } of caller.stream("s", "A.Count", {}, { node })) seen.push(value);
    expect(seen).toEqual([{ i: 1 }, "ä😀", 3]);
  });

  test.each([
    [
      { "grpc-status": "3", "grpc-message": '{"id":"g","code":400,"detail":"no name"}' },
      "invalid",
      400,
      "no name",
    ],
    [
      { "grpc-status": "3", "grpc-status-details-bin": details.toString("base64") },
      "invalid",
      400,
      "no name: ä",
    ],
    [
      { "grpc-status": "3", "grpc-status-details-bin": record.toString("base64") },
      "invalid",
      400,
      "no name: ä",
    ],
    [{ "grpc-status": "2", "grpc-message": "plain%20w%C3%B6rds" }, "failed", 500, "plain wörds"],
    [{ "grpc-status": "2", "grpc-message": "100%" }, "failed", 500, "100%"],
    [
      { "grpc-status": "12", "grpc-message": "unknown service Nope" },
      "not_found",
      501,
      "unknown service Nope",
    ],
    [{ "grpc-status": "14" }, "failed", 503, "gRPC status 14"],
    [{ "grpc-status": "4" }, "timeout", 408, "gRPC status 4"],
    [{ "grpc-status": "16" }, "denied", 401, "gRPC status 16"],
    [{ "grpc-status": "abc" }, "failed", 502, "cut off"],
    [{}, "failed", 502, "cut off"],
  ])("that ends with %j fails", async (fields, code, number, words) => {
    const { node } = await server((stream) =>
      stream.respond({ ":status": 200, ...fields }, { endStream: true }),
    );
    const error = await errorOf(caller.call("s", "A.B", {}, { node }));
    expect(error).toMatchObject({ code, detail: { code: number } });
    expect(error.message).toContain(words);
    const trailing = await server((stream) => say(stream, [], fields as Record<string, string>));
    expect(await errorOf(caller.call("s", "A.B", {}, { node: trailing.node }))).toMatchObject({ code });
  });

  test.each([
    [
      "another HTTP status",
      (s: ServerHttp2Stream) => s.respond({ ":status": 503 }, { endStream: true }),
      "HTTP status 503",
    ],
    ["no message", (s: ServerHttp2Stream) => say(s, [], OK), "is empty"],
    ["no JSON", (s: ServerHttp2Stream) => say(s, [frame("{")], OK), "is not JSON"],
    ["half a message", (s: ServerHttp2Stream) => say(s, [frame('{"a":1}').subarray(0, 8)], OK), "cut off"],
    ["a compressed one", (s: ServerHttp2Stream) => say(s, [Buffer.from([1, 0, 0, 0, 0])], OK), "compressed"],
    [
      "one too long",
      (s: ServerHttp2Stream) => say(s, [Buffer.from([0, 255, 255, 255, 255])], OK),
      "longer than 2097152 bytes",
    ],
    ["a reset", (s: ServerHttp2Stream) => s.close(2), "no answer"],
    ["a lost connection", (s: ServerHttp2Stream) => s.session!.destroy(), ""],
  ])("that answers %s fails in words", async (_what, answer, words) => {
    const { node } = await server(answer);
    const error = await errorOf(caller.call("s", "A.B", {}, { node }));
    expect(error.code).toBe("failed");
    expect(error.message).toContain(words);
  });

  test("that refuses a stream, or the connection, did certainly not carry it out", async () => {
    const { node } = await server((stream) => stream.close(7));
    expect((await errorOf(caller.call("s", "A.B", {}, { node }))).detail.sent).toBe(false);
    const down = await server(() => {});
    await down.stop();
    expect((await errorOf(caller.call("s", "A.B", {}, { node: down.node }))).detail.sent).toBe(false);
  });

  test("that stays silent ends the call in time, and the next call uses a new connection", async () => {
    let calls = 0;
    const { node, sessions } = await server((stream) => {
      if (calls++ > 0) say(stream, [frame("1")], OK);
    });
    expect(await errorOf(caller.call("s", "A.B", {}, { node, timeout: 30 }))).toMatchObject({
      code: "timeout",
    });
    expect((await caller.call("s", "A.B", {}, { node })).value).toBe(1);
    expect(sessions.size).toBe(2);
  });

  test("is connected to again after it went away", async () => {
    const { node, sessions } = await server((stream) => say(stream, [frame("1")], OK));
    await caller.call("s", "A.B", {}, { node });
    const [session] = sessions as Set<{ destroy(): void; once(event: string, done: () => void): void }>;
    const gone = new Promise<void>((resolve) => session!.once("close", resolve));
    session!.destroy();
    await gone;
    // The loss may not be noticed yet: then this call is the one that finds out.
    await caller.call("s", "A.B", {}, { node }).catch(() => {});
    expect((await caller.call("s", "A.B", {}, { node })).value).toBe(1);
  });

  test("cannot be sent metadata outside ASCII", async () => {
    const { node } = await server((stream) => say(stream, [frame("1")], OK));
    const error = await errorOf(caller.call("s", "A.B", {}, { node, metadata: { "X-A": "ä" } }));
    expect(error).toMatchObject({ code: "invalid" });
    expect(error.message).toContain("'X-A'");
  });
});

describe("what a gRPC node writes", () => {
  test("is read whatever its bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string(), fc.string(), (bytes, status, message) => {
        protobufFields(bytes);
        const ending = endingOf({
          "grpc-status": status,
          "grpc-message": message,
          "grpc-status-details-bin": Buffer.from(bytes).toString("base64"),
        });
        expect(typeof ending.text).toBe("string");
        expect(Number.isInteger(ending.code)).toBe(true);
      }),
    );
  });

  test("in protobuf is read back field by field", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), fc.uint8Array({ maxLength: 100 }), (number, bytes) => {
        const fields = protobufFields(field(number, Buffer.from(bytes)));
        expect(Buffer.from(fields!.get(number) as Uint8Array)).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
