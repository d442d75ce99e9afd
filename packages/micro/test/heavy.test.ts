import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { memoryRegistry, type Node } from "@micro-bot/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, client } from "../src/client.ts";
import { frame } from "../src/frames.ts";
import { Gathered } from "../src/gathered.ts";
import { indentJson, shortened } from "../src/json.ts";
import { http, type Peer, peer } from "./peer.ts";

const MB = 2 ** 20;
const brackets = (pairs: number) => "[".repeat(pairs) + "]".repeat(pairs);
const list = (count: number, one: (i: number) => string) =>
  `[${Array.from({ length: count }, (_, i) => one(i)).join(",")}]`;

/** Answers that take many times their bytes to read or to lay out, and why each is refused. */
const heavy: readonly (readonly [what: string, body: string, why: string])[] = [
  ["200 KB of brackets", brackets(100_000), "is nested deeper than 100 levels"],
  ["one level too many", brackets(101), "is nested deeper than 100 levels"],
  ["15.8 MB of brackets", brackets(7_900_000), `is longer than ${2 * MB} bytes`],
  [
    "objects in objects",
    `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
    "is nested deeper than 100 levels",
  ],
  ["a wide array", list(20_000, () => "1"), "holds more than 20000 values"],
  ["a key of its own in each object", list(100_000, (i) => `{"k${i}":0}`), "holds more than 20000 values"],
  ["many keys", `{${list(50_000, (i) => `"k${i}":0`).slice(1, -1)}}`, "holds more than 20000 values"],
  ["a long string", `"${"x".repeat(2 * MB)}"`, `is longer than ${2 * MB} bytes`],
];

let caller: Client;
let body = "";
let nodes: Record<string, Node>;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  caller = client({ registry: memoryRegistry(), timeout: 20_000 });
  const plain = await peer(({ earlier, headers, socket }) => {
    // The first message of a stream only opens it.
    if (headers["micro-stream"] !== undefined && earlier === 0) return undefined;
    socket.on("error", () => {});
    return http(body);
  });
  const enveloped = await peer(({ earlier, headers }) => {
    if (headers["micro-stream"] !== undefined && earlier === 0) return undefined;
    return http(`{"id":0,"error":null,"result":${body}}`);
  });
  const grpc = await grpcServer();
  nodes = {
    "": enveloped.node(),
    mucp: plain.node({ protocol: "mucp" }),
    grpc: { id: "g", address: grpc, metadata: { protocol: "grpc" } },
  };
  for (const { close } of [plain, enveloped] as Peer[]) ends.push(close);
});

afterAll(async () => {
  await caller.close();
  for (const end of ends) await end();
});

async function grpcServer(): Promise<string> {
  // Megabytes: what it has not got rid of yet counts, too.
  const server = createServer({ maxSessionMemory: 200 }).on("stream", (stream) => {
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "application/grpc+json" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(frame(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(["", "mucp", "grpc"])("over the wire '%s'", (wire) => {
  const options = (more = {}) => ({ node: nodes[wire]!, ...more });

  test.each(heavy)("%s is refused", async (_what, text, why) => {
    body = text;
    await expect(caller.call("s", "A.B", {}, options())).rejects.toThrow(why);
  });

  test.each(heavy)("%s in a stream is refused", async (_what, text, why) => {
    body = text;
    const all = async () => {
      for await (const _ of caller.stream("s", "A.B", {}, options()));
    };
    await expect(all()).rejects.toThrow(why);
  });

  test("what is just within all bounds is taken", async () => {
    body = `[${brackets(90)},${list(19_800, () => "1").slice(1, -1)}]`;
    expect((await caller.call("s", "A.B", {}, options())).raw).toBe(body);
    body = `"${"x".repeat(2 * MB - 100)}"`;
    expect((await caller.call("s", "A.B", {}, options())).raw).toBe(body);
  });

  test("a call may ask for less, and not for more", async () => {
    body = `"${"x".repeat(1000)}"`;
    const asked = (maxAnswer: number) => caller.call("s", "A.B", {}, options({ maxAnswer }));
    await expect(asked(1000)).rejects.toThrow("the answer is longer than 1000 bytes");
    expect((await asked(1100)).raw).toBe(body);
    body = `"${"x".repeat(2 * MB)}"`;
    await expect(asked(100 * MB)).rejects.toThrow(`is longer than ${2 * MB} bytes`);
  });
});

describe("an answer in a way that costs", () => {
  test("in pieces of one byte is refused by their number", async () => {
    const chunk = (byte: string) => `1\r\n${byte}\r\n`;
    const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    const made = await peer(() => `${head}${Array.from(`"${"x".repeat(60_000)}"`, chunk).join("")}0\r\n\r\n`);
    ends.push(made.close);
    const asked = caller.call("s", "A.B", {}, { node: made.node({ protocol: "mucp" }) });
    await expect(asked).rejects.toThrow("the answer is cut into more than 50000 pieces");
  });

  test("and another one after it, over gRPC, is refused at the second", async () => {
    const server = createServer().on("stream", (stream) => {
      stream.on("error", () => {});
      stream.respond({ ":status": 200, "content-type": "application/grpc+json" });
      const more = () => {
        if (!stream.destroyed) stream.write(frame("{}"), more);
      };
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const node: Node = { id: "g", address, metadata: { protocol: "grpc" } };
    await expect(caller.call("s", "A.B", {}, { node })).rejects.toThrow("more than one answer");
  });

  test("as an error gives no more of it than fits", async () => {
    const long = "x".repeat(MB);
    for (const error of [
      long,
      `{"id":"${long}","code":400,"detail":"${long}","status":"${long}"}`,
      brackets(MB / 2),
    ]) {
      const made = await peer(() => http(`{"id":0,"error":${JSON.stringify(error)}}`));
      ends.push(made.close);
      const failure: Error = await caller.call("s", "A.B", {}, { node: made.node() }).then(
        () => expect.unreachable("it answered"),
        (thrown: Error) => thrown,
      );
      expect(failure.message.length).toBeLessThan(5000);
      expect(JSON.stringify((failure as { detail?: unknown }).detail).length).toBeLessThan(20_000);
    }
  });
});

describe("laying out", () => {
  test("ends at its limit, and says how much is left out", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 60, max: 400 }), (value, limit) => {
        const text = JSON.stringify(value);
        const whole = indentJson(text);
        const short = indentJson(text, "\t", limit);
        if (whole.length <= limit) {
          expect(short).toBe(whole);
          return;
        }
        expect(short.length).toBeLessThanOrEqual(limit);
        expect(short).toMatch(/\n… \d+ more characters not shown$/);
        const kept = short.slice(0, short.lastIndexOf("\n"));
        expect(whole.startsWith(kept)).toBe(true);
      }),
    );
  });

  test("makes no more than its limit of a line of brackets or a string of two million letters", () => {
    expect(indentJson(brackets(1_000_000), "\t", 1000).length).toBeLessThanOrEqual(1000);
    const long = indentJson(`["${"x".repeat(2 * MB)}"]`, "\t", 1000);
    expect(long).toBe(`[\n\t"${"x".repeat(936)}\n… ${2 * MB - 934} more characters not shown`);
  });

  test("never cuts a character in half", () => {
    expect(shortened("😀".repeat(100), 61).isWellFormed()).toBe(true);
    expect(shortened("😀".repeat(100), 62).isWellFormed()).toBe(true);
  });
});

describe("bytes in pieces", () => {
  test("are the same bytes, whatever the pieces and whatever is taken away in between", () => {
    const steps = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(60)), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (given) => {
        const held = new Gathered();
        let all: number[] = [];
        for (const [piece, taken] of given) {
          const own = Buffer.from(piece);
          held.push(own);
          all.push(...piece);
          const count = Math.min(taken, held.size);
          held.drop(count);
          all = all.slice(count);
          expect([...held.bytes]).toEqual(all);
          expect([...own]).toEqual([...piece]);
        }
      }),
    );
  });
});
