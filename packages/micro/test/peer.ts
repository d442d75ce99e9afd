import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import type { Node } from "@micro-bot/core";

/** One HTTP/1.1 request as it came over the wire. */
export interface Received {
  readonly head: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How many came on this connection before it. */
  readonly earlier: number;
  readonly socket: Socket;
}

export interface Peer {
  readonly address: string;
  readonly received: Received[];
  /** Connections taken so far. */
  connections: number;
  node(metadata?: Record<string, string>): Node;
  close(): Promise<void>;
}

/** A server at byte level: what `answer` returns is written as it stands. */
export async function peer(answer: (request: Received) => string | Buffer | undefined): Promise<Peer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    self.connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let waiting = Buffer.alloc(0);
    let earlier = 0;
    socket.on("data", (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (let next = take(waiting); next; next = take(waiting)) {
        waiting = waiting.subarray(next.size);
        const request = { ...next, earlier: earlier++, socket };
        self.received.push(request);
        const bytes = answer(request);
        if (bytes !== undefined) socket.write(bytes);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const self: Peer = {
    address,
    received: [],
    connections: 0,
    node: (metadata = {}) => ({ id: `peer-${address}`, address, metadata }),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return self;
}

/** An HTTP answer with its length stated. */
export function http(body: string, headers: Record<string, string> = {}, status = "200 OK"): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status}\r\n${lines.join("")}Content-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/**
 * A go-micro server of 2016, as its wire was observed: always status 200, the envelope only, headers of the
 * connection's first request echoed for ever, and it hangs up after what it does not serve.
 */
export function server2016(): Promise<Peer> {
  const first = new WeakMap<Socket, Readonly<Record<string, string>>>();
  return peer((request) => {
    const { socket, headers, body } = request;
    if (!first.has(socket)) first.set(socket, headers);
    const { "content-length": _, ...echo } = first.get(socket)!;
    const type = headers["content-type"] ?? "";
    if (type !== "application/json" && type !== "application/json-rpc")
      return http(`Unsupported Content-Type: ${type}`, { ...echo, "content-type": "text/plain" });
    const asked = read(body);
    if (!asked) {
      socket.destroy();
      return undefined;
    }
    const { method } = asked;
    const handler = Object.hasOwn(handlers2016, method) ? handlers2016[method] : undefined;
    const answer = handler
      ? handler(asked.params[0])
      : { result: {}, error: `rpc: can't find service ${asked.method}` };
    const bytes = http(`${JSON.stringify({ id: asked.id, result: null, error: null, ...answer })}\n`, echo);
    if (!handler) {
      socket.end(bytes);
      return undefined;
    }
    return bytes;
  });
}

interface Asked {
  readonly method: string;
  readonly params: readonly [{ readonly name?: string }];
  readonly id: unknown;
}

const handlers2016: Readonly<Record<string, (params: { name?: string }) => object>> = {
  "Greeter.Hello": ({ name }) => ({ result: { msg: `Hello ${name}` } }),
  "Greeter.Fail": () => ({
    result: {},
    error: '{"id":"go.micro.srv.greeter","code":400,"detail":"no name","status":"Bad Request"}',
  }),
};

function read(body: string): Asked | undefined {
  try {
    const asked = JSON.parse(body) as Asked;
    return Array.isArray(asked.params) ? asked : undefined;
  } catch {
    return undefined;
  }
}

function take(bytes: Buffer): (Omit<Received, "earlier" | "socket"> & { size: number }) | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const headers = Object.fromEntries(
    head
      .split("\r\n")
      .slice(1)
      .map((line) => [
        line.slice(0, line.indexOf(":")).toLowerCase(),
        line.slice(line.indexOf(":") + 1).trim(),
      ]),
  );
  const size = end + 4 + Number(headers["content-length"] ?? 0);
  if (bytes.length < size) return undefined;
  return { head, headers, body: bytes.toString("utf8", end + 4, size), size };
}
