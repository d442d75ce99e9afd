import type { ClientHttp2Session } from "node:http2";
import { hostPort } from "./address.ts";
import type { WireOptions } from "./wire.ts";

/** HTTP/2 connections to nodes, one to each, shared by all calls. */
export interface Sessions {
  /** A connected session. Rejects when it cannot connect; nothing was sent then. */
  get(authority: string): Promise<ClientHttp2Session>;
  /** New calls get a new connection: this one went quiet. Calls on it may still end. */
  retire(authority: string): void;
  /** Twice is safe. */
  close(): void;
}

const MOST = 256;
/** Bytes that a node may send ahead of being read. */
const WINDOW = 1024 * 1024;

export function sessions(options: WireOptions): Sessions {
  const open = new Map<string, Promise<ClientHttp2Session>>();

  function forget(authority: string, session: Promise<ClientHttp2Session>): void {
    if (open.get(authority) === session) open.delete(authority);
  }

  function start(authority: string): Promise<ClientHttp2Session> {
    const started = begin(authority, options).then((session) => {
      session
        .once("goaway", () => forget(authority, started))
        .once("close", () => forget(authority, started));
      session.setTimeout(options.idleTimeout, () => {
        forget(authority, started);
        session.close();
      });
      return connected(session, options.connectTimeout);
    });
    started.catch(() => forget(authority, started));
    return started;
  }

  function end(started: Promise<ClientHttp2Session>): void {
    started.then((session) => session.close()).catch(() => {});
  }

  return {
    get(authority) {
      const known = open.get(authority);
      if (known) return known;
      const [oldest] = open.keys();
      if (open.size >= MOST) this.retire(oldest!);
      const started = start(authority);
      open.set(authority, started);
      return started;
    },
    retire(authority) {
      const session = open.get(authority);
      open.delete(authority);
      if (session) end(session);
    },
    close() {
      for (const session of open.values()) end(session);
      open.clear();
    },
  };
}

async function begin(authority: string, { tls }: WireOptions): Promise<ClientHttp2Session> {
  const { connect } = await import("node:http2");
  const host = hostPort(authority)?.host ?? "";
  const settings = { enablePush: false, initialWindowSize: WINDOW };
  const session = tls
    ? connect(`https://${authority}`, { servername: host, ...tls, settings })
    : connect(`http://${authority}`, { settings });
  // Calls keep the process alive by their own timers; an idle connection must not.
  session.unref();
  return session;
}

function connected(session: ClientHttp2Session, ms: number): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => session.destroy(new Error(`no connection within ${ms} ms`)), ms);
    session.once("connect", () => {
      clearTimeout(late);
      resolve(session);
    });
    session.once("close", () => {
      clearTimeout(late);
      reject(new Error("closed while connecting"));
    });
    session.on("error", reject);
  });
}
