import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  BotError,
  type Endpoint,
  type Log,
  messageOf,
  type Registry,
  type Service as ServiceRecord,
} from "@micro-bot/core";
import { answerer, send } from "./answer.ts";
import { counter } from "./debug.ts";
import { debugHandlers, type Handler } from "./handlers.ts";
import { heartbeat } from "./heartbeat.ts";
import { MAX_VALUES } from "./json.ts";

/** What a plain HTTP route answers. */
export interface RouteAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Default `text/plain; charset=utf-8`. */
  readonly type?: string;
  readonly body: string;
}

/** Answers a GET or HEAD of one path. */
export type Route = () => RouteAnswer | Promise<RouteAnswer>;

export interface ServiceOptions {
  readonly name: string;
  /** Default `latest`, as in go-micro. */
  readonly version?: string;
  readonly registry: Registry;
  /** By endpoint: `Greeter.Hello`. */
  readonly handlers?: Readonly<Record<string, Handler>>;
  /** What the registry says of endpoints besides their names; also of `Debug.*`, which it says nothing of otherwise. */
  readonly describe?: Readonly<Record<string, Omit<Endpoint, "name">>>;
  /** Plain HTTP by path, beside the calls: `/health`. */
  readonly routes?: Readonly<Record<string, Route>>;
  /** Added to the node's metadata, as `{ registry: "consul" }`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Where to listen. Default 127.0.0.1, and a free port. */
  readonly host?: string;
  readonly port?: number;
  /** The host others reach it by, when that is not where it listens. */
  readonly advertise?: string;
  /** The node's id, default the name and a UUID. */
  readonly id?: string;
  /** Milliseconds until the registry forgets a service that does not renew, default 30000. */
  readonly ttl?: number;
  /** Milliseconds between renewals, default a third of `ttl`. */
  readonly interval?: number;
  /** Milliseconds a handler may take, whatever its caller allows. Default 30000. */
  readonly timeout?: number;
  /** Bytes of one request, default 1 MiB. */
  readonly maxRequest?: number;
  /** Values in one request's JSON, default 20,000. */
  readonly maxValues?: number;
  /** Requests worked on at once, default 1000. More are told to come later. */
  readonly maxRequests?: number;
  readonly log?: Log;
}

/** A go-micro service: JSON over HTTP, listed in the registry while it runs. */
export interface Service {
  /** Listens, then registers. A registry that is down is tried again while it serves. Resolves to `host:port`. */
  start(): Promise<string>;
  /** Why the registry does not have it, while it serves all the same; undefined when the last try to register went well. */
  trouble(): string | undefined;
  /** Deregisters, lets running requests end for a moment, then closes. Twice is safe. */
  stop(): Promise<void>;
}

const GRACE = 5000;
// go-micro's own servers write these; they are how clients choose the wire.
const METADATA = { broker: "http", protocol: "mucp", server: "mucp", transport: "http" } as const;

export function service(options: ServiceOptions): Service {
  let running: Promise<Running> | undefined;
  let started: Running | undefined;

  async function begin(): Promise<Running> {
    const counted = counter();
    const handlers = new Map(Object.entries({ ...debugHandlers(counted), ...options.handlers }));
    const answer = answerer({
      name: options.name,
      handlers,
      counter: counted,
      timeout: options.timeout ?? 30_000,
      maxRequest: options.maxRequest ?? 1024 * 1024,
      maxValues: options.maxValues ?? MAX_VALUES,
      maxRequests: options.maxRequests ?? 1000,
      ...(options.log ? { log: options.log } : {}),
    });
    const server = await serverOf(options, answer);
    const address = await listen(server, options);
    const ttl = options.ttl ?? 30_000;
    const beat = heartbeat({
      registry: options.registry,
      service: recordOf(options, address),
      ttl,
      interval: options.interval ?? ttl / 3,
      ...(options.log ? { log: options.log } : {}),
    });
    await beat.start();
    return {
      address,
      trouble: beat.trouble,
      async stop() {
        await beat.stop();
        await close(server);
        counted.stop();
      },
    };
  }

  return {
    async start() {
      running ??= begin();
      try {
        started = await running;
        return started.address;
      } catch (error) {
        running = undefined;
        throw error;
      }
    },
    trouble: () => started?.trouble(),
    async stop() {
      const was = running;
      running = undefined;
      started = undefined;
      await (await was)?.stop();
    },
  };
}

interface Running {
  readonly address: string;
  trouble(): string | undefined;
  stop(): Promise<void>;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Every wait on a slow or silent caller ends: headers in 10 s, a whole request in 30 s, an unused connection in 60 s. */
async function serverOf(
  { routes = {}, timeout = 30_000, log }: ServiceOptions,
  answer: Listener,
): Promise<Server> {
  const { createServer } = await import("node:http");
  const paths = new Map(Object.entries(routes));
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 60_000,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      const route = routeOf(paths, request);
      const done = route ? serveRoute(route, request, response) : answer(request, response);
      done.catch((error: unknown) => {
        log?.error({ path: request.url, error: messageOf(error) }, "a request failed");
        response.destroy();
      });
    },
  );
  // A connection that could not be taken, for want of file descriptors: without a listener it would end the process.
  server.on("error", (error) => log?.error({ error: messageOf(error) }, "a connection could not be taken"));
  server.maxConnections = 1024;
  // For answers nobody reads; a handler that is still at work is not silence.
  server.setTimeout(timeout + 30_000);
  return server;
}

function routeOf(
  routes: ReadonlyMap<string, Route>,
  { method, url, headers }: IncomingMessage,
): Route | undefined {
  if ((method !== "GET" && method !== "HEAD") || headers["content-type"]) return undefined;
  return routes.get(url?.split("?")[0] ?? "") ?? missing;
}

const missing: Route = () => ({ status: 404, body: "not found\n" });

async function serveRoute(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status = 200, type = "text/plain; charset=utf-8", body } = await route();
  send(request, response, { headers: { "Content-Type": type }, body }, status);
}

async function listen(
  server: Server,
  { name, host = "127.0.0.1", port = 0, advertise }: ServiceOptions,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new BotError("config", `service ${name} cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
          cause,
        }),
      ),
    );
    server.listen({ host, port }, resolve);
  });
  const reached = advertise ?? host;
  return `${reached.includes(":") ? `[${reached}]` : reached}:${(server.address() as AddressInfo).port}`;
}

function recordOf(options: ServiceOptions, address: string): ServiceRecord {
  const { name, version = "latest", handlers = {}, describe = {}, id = `${name}-${randomUUID()}` } = options;
  return {
    name,
    version,
    endpoints: Object.keys({ ...handlers, ...describe }).map((endpoint) => ({
      name: endpoint,
      ...describe[endpoint],
    })),
    nodes: [{ id, address, metadata: { ...METADATA, ...options.metadata } }],
  };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE);
  await closed;
  clearTimeout(timer);
}
