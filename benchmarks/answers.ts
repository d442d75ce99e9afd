// What one answer of a hostile service costs everybody else: the longest time that the bot did nothing else, and the
// memory that it took. Goals: 50 ms and 64 MB, each in a process of its own. `answers.ts NAME…` measures those named.
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { createServer as createServer2 } from "node:http2";
import type { AddressInfo } from "node:net";
import { verbs } from "@micro-bot/command-micro/plugin";
import { type Command, type Conn, type Event, type Input, memoryRegistry, Plugins } from "@micro-bot/core";
import { Bot } from "@micro-bot/engine";

const GOAL_MS = 50;
const GOAL_MB = 64;
const MB = 2 ** 20;

const brackets = (count: number) => "[".repeat(count / 2) + "]".repeat(count / 2);
const list = (count: number, one: (i: number) => string) =>
  `[${Array.from({ length: count }, (_, i) => one(i)).join(",")}]`;
const field = (bytes: Buffer) => Buffer.concat([Buffer.from([10]), varint(bytes.length), bytes]);

/** A body, how the node says it (see `serve`), and the command that asks. */
interface Case {
  readonly body: () => string | Buffer;
  readonly wire?: "mucp" | "" | "grpc";
  readonly how?: "details" | "chunks" | "frames";
  readonly say?: "call" | "stream" | "health";
}

const cases: Readonly<Record<string, Case>> = {
  "small answer": { body: () => '{"msg":"Hello John"}' },
  "nested brackets, 200 KB": { body: () => brackets(200_000) },
  "nested brackets, 15.8 MB": { body: () => brackets(15_800_000) },
  "nested brackets in an envelope": {
    wire: "",
    body: () => `{"id":0,"error":null,"result":${brackets(200_000)}}`,
  },
  "nested brackets over gRPC": { wire: "grpc", body: () => brackets(200_000) },
  "nested brackets, streamed": { say: "stream", wire: "grpc", body: () => brackets(200_000) },
  "nested brackets as health": { say: "health", body: () => brackets(200_000) },
  "nested brackets as an error": {
    wire: "",
    body: () => `{"id":0,"error":${JSON.stringify(brackets(15_000_000))}}`,
  },
  "wide array, 2 MB": { body: () => list(1_000_000, () => "1") },
  "wide array, 40 KB": { body: () => list(19_999, () => "1") },
  "empty objects, 15 MB": { body: () => list(5_000_000, () => "{}") },
  "another key in each object": { body: () => list(9_999, (i) => `{"key${i}":0}`) },
  "many keys, 1 MB": { body: () => `{${list(100_000, (i) => `"k${i}":0`).slice(1, -1)}}` },
  "many keys, 200 KB": { body: () => `{${list(19_998, (i) => `"k${i}":0`).slice(1, -1)}}` },
  "long string, 15 MB": { body: () => `"${"x".repeat(15 * MB)}"` },
  "long string, 2 MB less a little": { body: () => `"${"ä".repeat(MB - 100)}"` },
  "escapes, 2 MB less a little": { body: () => `"${"\\n".repeat(MB - 100)}"` },
  "long number": { body: () => `1${"0".repeat(2 * MB - 100)}` },
  "one byte a piece, 2 MB less a little": { how: "chunks", body: () => `"${"x".repeat(2 * MB - 100)}"` },
  "one byte a frame over gRPC": { wire: "grpc", how: "chunks", body: () => `"${"x".repeat(200_000)}"` },
  "one message after the other over gRPC": { wire: "grpc", how: "frames", body: () => "{}" },
  "deep protobuf as an error": {
    wire: "grpc",
    how: "details",
    body: () => {
      let bytes = Buffer.from("x");
      for (let depth = 0; bytes.length < 20_000 && depth < 10_000; depth++) bytes = field(bytes);
      return bytes;
    },
  },
};

const [role = "", ...given] = process.argv.slice(2);
if (role === "serve") await serve(given[0]!);
else if (role === "measure") await measure(given[0]!, given[1]!);
else process.exitCode = await all([role, ...given].filter((name) => name !== ""));

async function all(named: readonly string[]): Promise<number> {
  let missed = 0;
  for (const name of named.length > 0 ? named : Object.keys(cases)) {
    const node = fork(import.meta.filename, ["serve", name]);
    const address = await told<string>(node);
    const { block, memory, words } = await told<Measured>(
      fork(import.meta.filename, ["measure", name, address]),
    );
    node.kill();
    if (block > GOAL_MS || memory > GOAL_MB) missed++;
    console.log(
      `${name.padEnd(38)}${block.toFixed(0).padStart(6)} ms${memory.toFixed(0).padStart(6)} MB   ${words}`,
    );
  }
  console.log(`(goals: ${GOAL_MS} ms, ${GOAL_MB} MB)`);
  return missed === 0 ? 0 : 1;
}

interface Measured {
  readonly block: number;
  readonly memory: number;
  /** What its person was told. */
  readonly words: string;
}

/** One command in a bot of its own, after a small one of the same kind has loaded all that is needed. */
async function measure(name: string, address: string): Promise<void> {
  const { wire = "mucp", say = "call" } = cases[name]!;
  const registry = memoryRegistry();
  const metadata = { protocol: wire };
  await registry.register({ name: "bad", version: "1", nodes: [{ id: "n", address, metadata }] }, { ttl: 0 });
  const commands = new Plugins<Command>();
  for (const [pattern, command] of Object.entries(verbs()))
    commands.set(pattern, { ...command, access: "anyone" });
  const { input, ask } = person();
  const registries = new Map([["memory", registry]]);
  const bot = new Bot({ inputs: [input], commands, registries, flags: { rate: 1e9, registry: "memory" } });
  bot.start();
  const line = (endpoint: string) => (say === "health" ? "health bad" : `${say} bad ${endpoint} {}`);
  await ask(line("Case.Small"));
  await new Promise((resolve) => setTimeout(resolve, 300));

  const before = process.resourceUsage().maxRSS;
  let block = 0;
  let last = worked();
  const ticks = setInterval(() => {
    const now = worked();
    block = Math.max(block, now - last);
    last = now;
  }, 1);
  const words = await ask(line("Case.Hostile"));
  await new Promise((resolve) => setTimeout(resolve, 100));
  clearInterval(ticks);
  const memory = (process.resourceUsage().maxRSS - before) / 1024;
  process.send!({
    block,
    memory,
    words: `${words.length} characters: ${words.replace(/\s+/gu, " ").slice(-90)}`,
  });
  await bot.stop();
  process.exit();
}

/** Milliseconds that this thread has worked: unlike a clock, it stands still while the machine does other things. */
function worked(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Somebody who says a line and hears the last that comes of it. */
function person(): { input: Input; ask: (text: string) => Promise<string> } {
  const lines: Event[] = [];
  let asked = 0;
  let next = Promise.withResolvers<void>();
  let heard = (_text: string): void => {};
  const conn: Conn = {
    async recv() {
      while (lines.length === 0) await next.promise;
      return lines.shift()!;
    },
    async send({ data }) {
      heard(data);
      return {};
    },
    async close() {},
  };
  const room = { input: "net", room: "#ops" };
  return {
    input: {
      name: "net",
      flags: () => [],
      init() {},
      async start() {},
      stream: async () => conn,
      async stop() {},
    },
    ask(data) {
      const event = {
        id: `${asked++}`,
        type: "text",
        from: { ...room, person: "ann" },
        to: room,
        data,
      } as const;
      lines.push({ ...event, addressed: true, assurance: 1, time: 0, meta: {} });
      next.resolve();
      next = Promise.withResolvers();
      return new Promise((resolve) => {
        heard = resolve;
      });
    },
  };
}

/** A node that answers `Case.Small`, and the first question, with a small answer, and everything else with the body. */
async function serve(name: string): Promise<void> {
  const { body, wire = "mucp", how } = cases[name]!;
  const hostile = Buffer.from(body() as string);
  const small = Buffer.from(wire === "" ? '{"id":0,"error":null,"result":{}}' : "{}");
  let asked = 0;
  const server =
    wire === "grpc"
      ? createServer2().on("stream", (stream) => {
          const first = asked++ === 0;
          stream.on("error", () => {});
          const details =
            how === "details" && !first ? { "grpc-status-details-bin": hostile.toString("base64") } : {};
          const trailers = { "grpc-status": first || how !== "details" ? "0" : "2", ...details };
          stream.respond(
            { ":status": 200, "content-type": "application/grpc+json" },
            { waitForTrailers: true },
          );
          stream.on("wantTrailers", () => stream.sendTrailers(trailers));
          if (how === "details" && !first) return stream.end();
          if (how === "chunks" && !first) {
            for (const byte of framed(hostile)) stream.write(Buffer.from([byte]));
            return stream.end();
          }
          stream.write(framed(first ? small : hostile));
          if (how !== "frames" || first) return stream.end();
          const more = Buffer.concat(Array.from({ length: 2000 }, () => framed(hostile)));
          const flood = () => {
            if (!stream.destroyed) stream.write(more, flood);
          };
          return flood();
        })
      : createServer((request, response) => {
          request.resume().on("end", () => {
            response.setHeader("Content-Type", "application/json");
            if (asked++ === 0 || how !== "chunks") return response.end(asked === 1 ? small : hostile);
            const chunk = (byte: number) => `1\r\n${String.fromCharCode(byte)}\r\n`;
            const head =
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
            return response.socket!.write(`${head}${Array.from(hostile, chunk).join("")}0\r\n\r\n`);
          });
        });
  server.listen(0, "127.0.0.1", () => process.send!(`127.0.0.1:${(server.address() as AddressInfo).port}`));
}

function framed(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

function told<T>(child: ReturnType<typeof fork>): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as T));
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
}
