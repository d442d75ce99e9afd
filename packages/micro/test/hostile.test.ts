import { once } from "node:events";
import { connect } from "node:net";
import { type BotError, errorCodes, memoryRegistry } from "@micro-bot/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, client } from "../src/client.ts";
import { type Service, service } from "../src/service.ts";
import { http, type Peer, peer } from "./peer.ts";

const RUNS = { numRuns: 300 };
let caller: Client;
let hostile: Peer;
let bytes: Buffer;
let served: Service;
let address: string;

beforeAll(async () => {
  caller = client({ registry: memoryRegistry(), maxAnswer: 10_000 });
  hostile = await peer(({ socket }) => void socket.end(bytes));
  served = service({
    name: "s",
    registry: memoryRegistry(),
    maxRequest: 5000,
    maxValues: 1000,
    handlers: { "A.Echo": (request) => request },
  });
  address = await served.start();
});

afterAll(async () => {
  await caller.close();
  await hostile.close();
  await served.stop();
});

const name = fc.constantFrom(
  "Micro-Error",
  "X-Micro-Error",
  "Content-Type",
  "Content-Encoding",
  "Connection",
  "Micro-Id",
);
const value = fc.oneof(fc.string(), fc.json(), fc.constantFrom("text/plain", "gzip", "close", "EOS"));
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc.json().map((result) => `{"id":0,"error":null,"result":${result}}`),
);
const status = fc.oneof(fc.constant("200 OK"), fc.integer({ min: 0, max: 1200 }).map(String));

/** An answer that is nearly one. */
const nearly = fc
  .tuple(fc.dictionary(name, value, { noNullPrototype: true }), body, status)
  .map(([headers, text, code]) => http(text, headers, code));

/** The same, with bytes changed and the end cut off. */
const broken = fc
  .tuple(nearly, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }), fc.option(fc.nat(400)))
  .map(([whole, changes, cut]) => {
    const changed = Buffer.from(whole);
    for (const [at, byte] of changes) if (at < changed.length) changed[at] = byte;
    return cut === null ? changed : changed.subarray(0, cut);
  });

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const answers = fc.oneof(nearly, broken, anyBytes);

function isOurs(error: BotError): void {
  expect(Object.keys(errorCodes)).toContain(error.code);
  expect(error.message).toMatch(/^s A\.B: ./s);
  expect(error.message).not.toContain("no answer within");
}

describe("whatever a node answers", () => {
  test.each(["", "mucp", "grpc"])(
    "over the wire '%s', a call ends in JSON or in an error in words",
    async (protocol) => {
      const node = hostile.node(protocol === "" ? {} : { protocol });
      await fc.assert(
        fc.asyncProperty(answers, async (given) => {
          bytes = given;
          await caller.call("s", "A.B", {}, { node }).then(({ raw, value: read }) => {
            expect(JSON.parse(raw)).toEqual(read);
          }, isOurs);
        }),
        RUNS,
      );
    },
  );

  test.each(["", "mucp"])("over the wire '%s', a stream ends", async (protocol) => {
    const node = hostile.node(protocol === "" ? {} : { protocol });
    await fc.assert(
      fc.asyncProperty(fc.array(answers, { maxLength: 3 }), async (given) => {
        bytes = Buffer.concat(given);
        const all = async () => {
          for await (const { raw } of caller.stream("s", "A.B", {}, { node })) JSON.parse(raw);
        };
        await all().catch(isOurs);
      }),
      RUNS,
    );
  });
});

/** Writes the bytes, says that is all, and gives what came back. */
async function exchange(given: Buffer): Promise<string> {
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  const closed = once(socket, "close");
  socket.end(given);
  await closed;
  return Buffer.concat(chunks).toString("latin1");
}

async function alive(): Promise<void> {
  const headers = { "Content-Type": "application/json", "Micro-Endpoint": "A.Echo" };
  const response = await fetch(`http://${address}`, { method: "POST", headers, body: '{"a":1}' });
  expect(await response.text()).toBe('{"a":1}\n');
}

const requestName = fc.constantFrom(
  "Content-Type",
  "Micro-Endpoint",
  "X-Micro-Method",
  "Micro-Error",
  "Micro-Stream",
  "Timeout",
  "Expect",
  "Transfer-Encoding",
  "X-A",
);
const requestValue = fc.oneof(
  fc.constantFrom(
    "application/json",
    "application/json-rpc",
    "A.Echo",
    "Debug.Stats",
    "100-continue",
    "chunked",
    "-1",
  ),
  fc.string(),
);
const envelope = fc
  .record({
    method: fc.oneof(fc.constant("A.Echo"), fc.jsonValue()),
    params: fc.jsonValue(),
    id: fc.jsonValue(),
  })
  .map((value) => JSON.stringify(value));
const request = fc
  .tuple(
    fc.dictionary(requestName, requestValue, { noNullPrototype: true }),
    fc.oneof(envelope, fc.string(), fc.json()),
    fc.option(fc.nat(60)),
  )
  .map(([headers, text, length]) => {
    const data = Buffer.from(text);
    const lines = Object.entries({
      ...headers,
      "Content-Length": length ?? data.length,
      Host: "x",
      Connection: "close",
    });
    const head = lines.map(([key, item]) => `${key}: ${item}\r\n`).join("");
    return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${head}\r\n`), data]);
  });

describe("whatever a caller sends", () => {
  test("the service answers or hangs up, and goes on serving", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(request, anyBytes), async (given) => {
        const came = await exchange(given);
        if (came !== "") expect(came).toMatch(/^HTTP\/1\.1 (100|200|400|404|408|413|417|431|501) /);
      }),
      RUNS,
    );
    await alive();
  });

  test("a body that is too deep or holds too much is answered with an error, and hurts nobody else", async () => {
    const headers = { "Content-Type": "application/json", "Micro-Endpoint": "A.Echo" };
    for (const [text, detail] of [
      [`${"[".repeat(2400)}${"]".repeat(2400)}`, "the request is nested deeper than 100 levels"],
      [`[${"1,".repeat(2000)}1]`, "the request holds more than 1000 values"],
    ]) {
      const response = await fetch(`http://${address}`, { method: "POST", headers, body: text! });
      expect(JSON.parse(response.headers.get("micro-error")!)).toMatchObject({ code: 413, detail });
    }
    await alive();
  });

  test("callers who send nothing, or never end, do not keep others out", async () => {
    const idle = Array.from({ length: 50 }, (_, i) => {
      const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
      socket.on("error", () => {});
      if (i % 2 === 0) socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n{");
      return socket;
    });
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    await alive();
    for (const socket of idle) socket.destroy();
  });
});
