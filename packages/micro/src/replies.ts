import type { Socket } from "node:net";
import { type BotError, messageOf } from "@micro-bot/core";
import { isBotError } from "@micro-bot/kit";
import { localError } from "./errors.ts";
import { Gathered } from "./gathered.ts";
import type { HttpAnswer } from "./pool.ts";
import { type Outgoing, type Reading, targetOf, tooLong, type WireOptions } from "./wire.ts";

const END = Buffer.from("\r\n\r\n");
const MAX_HEAD = 64 * 1024;

/**
 * A stream over HTTP/1.1 as go-micro does it: a connection of its own, many whole answers to what was sent, which no
 * HTTP client expects. The first message only opens the stream and its body is thrown away, so the request goes twice.
 * `read` gives an answer's JSON, or undefined at the end.
 */
export async function* replies(
  out: Outgoing,
  options: WireOptions,
  headers: readonly string[],
  body: string,
  read: (answer: HttpAnswer) => Reading | undefined,
): AsyncGenerator<Reading> {
  out.signal.throwIfAborted();
  const socket = await open(out, options);
  // The loop that reads hears of errors; before and after it there is nobody who waits.
  socket.on("error", () => {});
  let connected = false;
  socket.once(options.tls ? "secureConnect" : "connect", () => {
    connected = true;
  });
  const stop = () => socket.destroy(out.signal.reason);
  if (out.signal.aborted) stop();
  out.signal.addEventListener("abort", stop, { once: true });
  const message = post(out, headers, body);
  socket.write(Buffer.concat([message, message]));
  try {
    for await (const answer of answers(out, socket)) {
      const next = read(answer);
      if (!next) return;
      yield next;
    }
    throw localError(out, 500, "the connection was closed before the stream's end");
  } catch (error) {
    throw out.signal.aborted ? out.signal.reason : wrapped(out, error, connected);
  } finally {
    out.signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

async function open(out: Outgoing, { tls }: WireOptions): Promise<Socket> {
  const { host, port } = targetOf(out);
  if (!tls) return (await import("node:net")).connect({ host, port });
  return (await import("node:tls")).connect({ servername: host, ...tls, host, port });
}

function post(out: Outgoing, headers: readonly string[], body: string): Buffer {
  const { authority } = targetOf(out);
  const bytes = Buffer.from(body);
  const lines = [
    "POST / HTTP/1.1",
    `host: ${authority}`,
    `content-length: ${bytes.length}`,
    "micro-stream: 0",
  ];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), bytes]);
}

interface Head extends Omit<HttpAnswer, "body"> {
  readonly length: number;
}

/** The answers that come in on a socket. */
async function* answers(out: Outgoing, socket: Socket): AsyncGenerator<HttpAnswer> {
  const held = new Gathered();
  let head: Head | undefined;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held.push(chunk);
    for (;;) {
      if (!head) {
        const end = held.bytes.indexOf(END);
        if ((end < 0 ? held.size : end) > MAX_HEAD) throw broken(out, "its headers are too long");
        if (end < 0) break;
        head = headOf(out, held.bytes.toString("latin1", 0, end));
        if (head.length > out.maxAnswer) throw tooLong(out);
        held.drop(end + END.length);
      }
      if (held.size < head.length) break;
      const body = held.bytes.toString("utf8", 0, head.length);
      held.drop(head.length);
      yield { status: head.status, headers: head.headers, body };
      head = undefined;
    }
  }
}

/** The first line and the headers of an answer (RFC 9112, 4 and 5). Only answers of a stated length are taken. */
function headOf(out: Outgoing, text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})( |$)/.exec(first)?.[1];
  if (!status) throw broken(out, `it begins with ${JSON.stringify(first.slice(0, 40))}`);
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const length = headers["content-length"] ?? "";
  if (!/^\d{1,15}$/.test(length)) throw broken(out, "its length is not stated");
  return { status: Number(status), headers, length: Number(length) };
}

function broken(out: Outgoing, why: string): BotError {
  return localError(out, 502, `the answer cannot be read: ${why}`);
}

function wrapped(out: Outgoing, error: unknown, connected: boolean): unknown {
  if (isBotError(error)) return error;
  const what = connected ? "the connection broke" : "cannot connect";
  return localError(out, 500, `${what}: ${messageOf(error)}`, { sent: connected, cause: error });
}
