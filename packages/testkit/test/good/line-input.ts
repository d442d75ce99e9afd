import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { BotError, type Conn, type Event, type Input } from "@micro-bot/core";
import type { Heard, InputSuite, Peer } from "../../src/input.ts";
import { shown } from "./input.ts";

const flags = [
  { name: "line_port", usage: "Port of the server", type: "number", required: true },
  { name: "line_password", usage: "Password of the server", required: true, secret: true },
] as const;

/** An input on real sockets: lines of JSON over TCP, a word of welcome after the password. */
export function lineInput(): InputSuite {
  return {
    name: "an input on sockets",
    create: input,
    peer,
    skip: { "what was said before it came is not taken for new": "its server keeps nothing" },
  };
}

/** What goes over the wire. */
interface Line {
  readonly who: string;
  readonly text: string;
  readonly id: string;
  readonly direct?: boolean;
}

function input(): Input {
  let port = 0;
  let password = "";
  let conn: Conn | undefined;
  return {
    name: "line",
    flags: () => flags,
    init(ctx) {
      const values = ctx.flags(flags);
      port = values.line_port;
      password = values.line_password;
    },
    async start() {},
    async stream() {
      const socket = connect(port, "127.0.0.1");
      const lines = linesOf(socket);
      socket.write(`${password}\n`);
      if ((await lines.take()) !== "welcome") throw new BotError("config", "line_password is wrong");
      conn = connOn(socket, lines);
      return conn;
    },
    async stop() {
      await conn?.close();
    },
  };
}

function connOn(socket: Socket, lines: Mailbox<string>): Conn {
  let closed = false;
  const over = () => new BotError(closed ? "closed" : "not_connected", "the connection is over");
  return {
    async recv() {
      const line = await lines.take();
      if (line === undefined) throw over();
      return eventOf(JSON.parse(line));
    },
    async send(event) {
      if (socket.destroyed) throw over();
      const line = JSON.stringify({ who: event.to.person, text: shown(event).replace(/[^\P{Cc}\n]/gu, "") });
      await new Promise<void>((resolve, reject) =>
        socket.write(`${line}\n`, (error) => (error ? reject(over()) : resolve())),
      );
      return {};
    },
    async close() {
      closed = true;
      if (socket.closed) return;
      socket.destroy();
      await once(socket, "close");
    },
  };
}

function eventOf({ who, text, id, direct = false }: Line): Event {
  const from = { input: "line", room: "hall", person: who };
  const to = { ...from, person: "micro" };
  const rest = { addressed: direct, assurance: 0, time: Date.now(), meta: {} } as const;
  return { id, type: "text", from, to, data: text, ...rest };
}

async function peer(): Promise<Peer> {
  let bot: Socket | undefined;
  let count = 0;
  const heard = mailbox<Heard>();
  const server = createServer(async (socket) => {
    const lines = linesOf(socket);
    if ((await lines.take()) !== "open sesame") return socket.end("go away\n");
    bot = socket;
    socket.write("welcome\n");
    for (let line = await lines.take(); line !== undefined; line = await lines.take()) {
      const { who, text } = JSON.parse(line);
      heard.put({ text, ...(who !== undefined && { to: who }) });
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  let last: Omit<Line, "id">;
  const tell = (line: Omit<Line, "id">) => {
    last = line;
    bot?.write(`${JSON.stringify({ ...line, id: String(count++) })}\n`);
  };
  return {
    values: { line_port: (server.address() as AddressInfo).port, line_password: "open sesame" },
    secrets: ["open sesame"],
    people: ["alice", "bob"],
    say: async (text, who = "alice") => tell({ who, text, direct: true }),
    wrong: { line_password: "open barley" },
    again: async () => {
      count--;
      tell(last);
    },
    forge: async (text) => tell({ who: "alice", text, direct: true }),
    overhear: async (text) => tell({ who: "alice", text }),
    heard: async () => (await heard.take())!,
    own: async (text, send) => {
      await send(text);
    },
    drop: async () => {
      bot?.resetAndDestroy();
    },
    async stop() {
      bot?.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

interface Mailbox<T> {
  put(item: T): void;
  /** The next item, or undefined when there will be none. */
  take(): Promise<T | undefined>;
  end(): void;
}

function mailbox<T>(): Mailbox<T> {
  const items: T[] = [];
  const takers: ((item: T | undefined) => void)[] = [];
  let over = false;
  return {
    put(item) {
      const taker = takers.shift();
      if (taker) taker(item);
      else items.push(item);
    },
    take() {
      if (items.length > 0 || over) return Promise.resolve(items.shift());
      return new Promise((resolve) => takers.push(resolve));
    },
    end() {
      over = true;
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
}

// Not node:readline: it ends a line at U+2028 too.
function linesOf(socket: Socket): Mailbox<string> {
  const lines = mailbox<string>();
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (data) => {
    const parts = (rest + data).split("\n");
    rest = parts.pop()!;
    for (const line of parts) lines.put(line);
  });
  socket.on("error", () => {});
  socket.on("close", () => lines.end());
  return lines;
}
