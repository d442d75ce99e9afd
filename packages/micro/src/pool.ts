import { isBotError } from "@micro-bot/kit";
import type { Client, Dispatcher } from "undici";
import { localError } from "./errors.ts";
import { Gathered } from "./gathered.ts";
import { type Outgoing, targetOf, tooLong, type WireOptions } from "./wire.ts";

/** An HTTP answer, whole. Header names are lower case; values are bytes, one character each. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Keep-alive connections to nodes, one request in flight on each: go-micro's servers answer in order or not at all. */
export interface Pool {
  /**
   * Posts and waits for the whole answer. `read` makes the result of it; where `read` throws, the connection is not
   * used again, because the servers of 2016 hang up after some errors without saying so.
   */
  post<T>(out: Outgoing, headers: string[], body: string, read: (answer: HttpAnswer) => T): Promise<T>;
  /** Ends all connections. Twice is safe. */
  close(): void;
}

interface Origin {
  readonly authority: string;
  readonly idle: Connection[];
  readonly waiting: Set<() => void>;
  open: number;
}

interface Connection {
  readonly origin: Origin;
  readonly client: Client;
  lost: boolean;
}

// Loaded by the first call: a bot starts without it.
let library: typeof import("undici") | undefined;

const MAX_HEADERS = 64 * 1024;
const MAX_IDLE = 1024;
/** Pieces of one answer (chunks of RFC 9112, 7.1): each takes its time, also when it is one byte. */
const MAX_PIECES = 50_000;

export function pool(options: WireOptions): Pool {
  const origins = new Map<string, Origin>();
  let idle = 0;
  let closed = false;

  function originOf(authority: string): Origin {
    const known = origins.get(authority);
    if (known) return known;
    const origin: Origin = { authority, idle: [], waiting: new Set(), open: 0 };
    origins.set(authority, origin);
    return origin;
  }

  function connect(origin: Origin): Connection {
    origin.open++;
    const connection = { origin, client: clientOf(origin.authority, options), lost: false };
    connection.client.on("disconnect", () => {
      connection.lost = true;
      const at = origin.idle.indexOf(connection);
      if (at < 0) return;
      origin.idle.splice(at, 1);
      idle--;
      drop(connection);
    });
    return connection;
  }

  /** A connection, now or when one is given back. */
  function take(authority: string, signal: AbortSignal): Connection | Promise<Connection> {
    const origin = originOf(authority);
    const connection = origin.idle.pop();
    if (connection) {
      idle--;
      return connection;
    }
    if (origin.open < options.connections) return connect(origin);
    return new Promise((resolve, reject) => {
      const next = () => {
        signal.removeEventListener("abort", stop);
        resolve(take(authority, signal));
      };
      const stop = () => {
        origin.waiting.delete(next);
        reject(signal.reason);
      };
      origin.waiting.add(next);
      signal.addEventListener("abort", stop, { once: true });
    });
  }

  function give(connection: Connection): void {
    if (closed || connection.lost || idle >= MAX_IDLE) {
      drop(connection);
      return;
    }
    idle++;
    connection.origin.idle.push(connection);
    wake(connection.origin);
  }

  function drop({ client, origin }: Connection): void {
    client.destroy().catch(() => {});
    origin.open--;
    if (origin.open === 0 && origin.waiting.size === 0) origins.delete(origin.authority);
    wake(origin);
  }

  function wake({ waiting }: Origin): void {
    const [next] = waiting;
    if (!next) return;
    waiting.delete(next);
    next();
  }

  return {
    async post(out, headers, body, read) {
      const { authority } = targetOf(out);
      library ??= await import("undici");
      out.signal.throwIfAborted();
      const taken = take(authority, out.signal);
      const connection = taken instanceof Promise ? await taken : taken;
      try {
        const result = await exchange(connection.client, out, headers, body, read);
        give(connection);
        return result;
      } catch (error) {
        drop(connection);
        throw error;
      }
    },
    close() {
      closed = true;
      for (const origin of [...origins.values()])
        for (const connection of origin.idle.splice(0)) drop(connection);
      idle = 0;
    },
  };
}

function clientOf(authority: string, options: WireOptions): Client {
  return new library!.Client(`${options.tls ? "https" : "http"}://${authority}`, {
    pipelining: 1,
    keepAliveTimeout: options.idleTimeout,
    keepAliveMaxTimeout: options.idleTimeout,
    maxHeaderSize: MAX_HEADERS,
    // Every call has limits of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: { ...options.tls, timeout: options.connectTimeout },
  });
}

function exchange<T>(
  client: Client,
  out: Outgoing,
  headers: string[],
  request: string,
  read: (answer: HttpAnswer) => T,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const body = new Gathered();
    let status = 0;
    let answered: HttpAnswer["headers"] = {};
    let sent = false;
    // Also while it is still connecting, when there is no request yet to abort. Whoever catches this drops the client.
    const stop = () => reject(out.signal.reason);
    const done = () => out.signal.removeEventListener("abort", stop);
    out.signal.throwIfAborted();
    out.signal.addEventListener("abort", stop, { once: true });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {
        sent = true;
      },
      onResponseStart(_controller, code, fields) {
        status = code;
        answered = fields;
      },
      onResponseData(controller, chunk) {
        if (controller.aborted) return;
        body.push(chunk);
        if (body.size > out.maxAnswer) controller.abort(tooLong(out));
        else if (body.pieces > MAX_PIECES)
          controller.abort(localError(out, 502, `the answer is cut into more than ${MAX_PIECES} pieces`));
      },
      onResponseEnd() {
        done();
        try {
          resolve(read({ status, headers: answered, body: body.bytes.toString() }));
        } catch (error) {
          reject(error);
        }
      },
      onResponseError(_controller, cause) {
        done();
        reject(isBotError(cause) ? cause : localError(out, 500, wordsOf(cause, sent), { sent, cause }));
      },
    };
    client.dispatch({ path: "/", method: "POST", headers, body: request }, handler);
  });
}

const reasons: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_OVERFLOW: "the answer's headers are too long",
  UND_ERR_SOCKET: "the connection was closed before the whole answer came",
  ECONNRESET: "the connection was closed before the whole answer came",
};

/** Why a connection failed, in words for people. An attempt at several addresses hides its reasons one level down. */
function wordsOf(error: Error, sent: boolean): string {
  const { code } = error as { code?: string };
  const known = sent && code !== undefined && Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (known) return known;
  const inner = (error as { errors?: readonly Error[] }).errors?.[0];
  return `${sent ? "no answer that can be read" : "cannot connect"}: ${error.message || inner?.message || code}`;
}
