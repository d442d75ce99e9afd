import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { BotError, messageOf } from "@micro-bot/core";
import { isBotError } from "@micro-bot/kit";
import { localError, remoteError } from "./errors.ts";
import { frame, messages } from "./frames.ts";
import { within } from "./limit.ts";
import type { Sessions } from "./sessions.ts";
import { endingOf } from "./status.ts";
import { nanoseconds, type Outgoing, type Reading, reading, targetOf, type Wire } from "./wire.ts";

// RFC 9113, 7.
const REFUSED_STREAM = 7;
const CANCEL = 8;

/** The wire of nodes with `protocol=grpc`: gRPC over HTTP/2 with JSON messages. */
export function grpc(sessions: Sessions): Wire {
  async function* run(out: Outgoing): AsyncGenerator<Reading> {
    const { authority } = targetOf(out);
    const session = await connected(sessions, out, authority);
    const stream = request(out, session);
    const stop = () => stream.close(CANCEL);
    out.signal.addEventListener("abort", stop, { once: true });
    const ending = endOf(stream);
    try {
      for await (const message of messages(stream, out.maxAnswer)) yield reading(out, message);
      await finish(out, await ending);
    } catch (error) {
      if (!out.signal.aborted) throw wrapped(out, stream, error);
      // Silence may mean that the connection is dead; the next call finds out on a new one.
      sessions.retire(authority);
      throw out.signal.reason;
    } finally {
      out.signal.removeEventListener("abort", stop);
      stream.close(CANCEL);
    }
  }

  return {
    async call(out) {
      let answer: Reading | undefined;
      for await (const next of run(out)) {
        if (answer) throw localError(out, 502, "the node sent more than one answer: this is a stream");
        answer = next;
      }
      if (!answer) throw localError(out, 502, "the answer is empty");
      return answer;
    },
    stream: run,
  };
}

async function connected(sessions: Sessions, out: Outgoing, authority: string): Promise<ClientHttp2Session> {
  out.signal.throwIfAborted();
  try {
    return await within(out.signal, sessions.get(authority));
  } catch (error) {
    if (out.signal.aborted) throw out.signal.reason;
    throw localError(out, 500, `cannot connect: ${messageOf(error)}`, { sent: false, cause: error });
  }
}

function request(out: Outgoing, session: ClientHttp2Session): ClientHttp2Stream {
  out.signal.throwIfAborted();
  const headers = headersOf(out);
  try {
    const stream = session.request(headers);
    // The loop that reads hears of errors; after it there is nobody who waits, and nothing to be done.
    stream.on("error", () => {});
    stream.end(frame(out.body));
    return stream;
  } catch (error) {
    throw localError(out, 500, `cannot connect: ${messageOf(error)}`, { sent: false, cause: error });
  }
}

function headersOf(out: Outgoing): Record<string, string> {
  const dot = out.endpoint.lastIndexOf(".");
  const method = out.endpoint.slice(dot + 1);
  const type = dot < 0 ? "" : `.${out.endpoint.slice(0, dot)}`;
  const metadata = Object.entries(out.metadata).map(([name, value]) => [
    name.toLowerCase(),
    ascii(name, value),
  ]);
  return {
    ...Object.fromEntries(metadata),
    ":method": "POST",
    ":path": `/${encodeURI(out.service + type)}/${encodeURI(method)}`,
    "content-type": "application/grpc+json",
    te: "trailers",
    timeout: nanoseconds(out.timeout),
    "grpc-timeout": `${Math.min(Math.ceil(out.timeout), 99_999_999)}m`,
    "x-content-type": "application/grpc+json",
  };
}

function ascii(name: string, value: string): string {
  if (/^[ -~]*$/.test(value)) return value;
  throw new BotError("invalid", `metadata '${name}' holds letters outside ASCII, which gRPC does not carry`);
}

interface End {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
}

/** The headers before and after the messages. An answer that is only an error has no trailers. */
function endOf(stream: ClientHttp2Stream): Promise<End> {
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  stream.on("response", (fields) => {
    headers = fields;
  });
  stream.on("trailers", (fields) => {
    trailers = fields;
  });
  return new Promise((resolve) => {
    stream.once("close", () => resolve({ headers, trailers }));
  });
}

async function finish(out: Outgoing, { headers, trailers }: End): Promise<void> {
  const http = Number(headers[":status"] ?? 200);
  const ending = endingOf("grpc-status" in trailers ? trailers : headers);
  if (ending.status === 0) return;
  out.signal.throwIfAborted();
  if (ending.status === undefined && http !== 200) throw remoteError(out, `HTTP status ${http}`, http);
  throw remoteError(out, ending.text, ending.code);
}

function wrapped(out: Outgoing, stream: ClientHttp2Stream, error: unknown): unknown {
  if (isBotError(error)) return error;
  const refused = stream.rstCode === REFUSED_STREAM;
  return localError(out, 502, `no answer that can be read: ${messageOf(error)}`, {
    sent: !refused,
    cause: error,
  });
}
