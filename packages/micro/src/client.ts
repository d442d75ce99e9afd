import type { ConnectionOptions } from "node:tls";
import { BotError, codeOf, type Json, type Node, type Registry } from "@micro-bot/core";
import { envelope } from "./envelope.ts";
import { localError, type Where } from "./errors.ts";
import { grpc } from "./grpc.ts";
import { checkMetadata } from "./header.ts";
import { MAX_VALUES, parseJson, writeJson } from "./json.ts";
import { type Limit, limit, within } from "./limit.ts";
import { lookup } from "./lookup.ts";
import { mucp } from "./mucp.ts";
import { pool } from "./pool.ts";
import { selector } from "./select.ts";
import { sessions } from "./sessions.ts";
import type { Outgoing, Wire, WireOptions } from "./wire.ts";

/** What a service is asked: text is JSON as it stands, anything else is written as JSON (a bigint as a number). */
export type Request = string | Json | object;

/** What a service answered. */
export interface Answer {
  /** The JSON as the node wrote it: keys in its order, all digits of its numbers. */
  readonly raw: string;
  /** The same, parsed: numbers over 2^53 lose digits here. */
  readonly value: Json;
  readonly node: Node;
}

export interface StreamOptions {
  /** Milliseconds. For a call, all of it; for a stream, the longest silence before an answer. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** This node and no other, with the wire that its metadata names. */
  readonly node?: Node;
  /** This `host:port` and no other, without asking the registry. */
  readonly address?: string;
  /** Headers that the handler sees as metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Bytes of one answer, where it must be shorter than the client's own limit. */
  readonly maxAnswer?: number;
}

export interface CallOptions extends StreamOptions {
  /** How many more nodes are tried, default 3. One is only tried when the node before certainly never got the request. */
  readonly retries?: number;
  /** Doing it twice does no harm: a node that stayed silent, or hung up, is also followed by another. */
  readonly idempotent?: boolean;
}

export interface ClientOptions {
  readonly registry: Registry;
  /** Milliseconds a call may take, default 5000. A stream may be silent for 30000. */
  readonly timeout?: number;
  readonly retries?: number;
  /** Connections to one node, default 128. Calls over that wait for one. */
  readonly connections?: number;
  /** Milliseconds an unused connection is kept, default 30000. */
  readonly idleTimeout?: number;
  /** Milliseconds to connect, default 1000: a node that is gone must not use up the whole call. */
  readonly connectTimeout?: number;
  /** Bytes of one answer, default 2 MiB. */
  readonly maxAnswer?: number;
  /** Values in one answer's JSON, default 20,000: more may hold up the process while they are read. */
  readonly maxValues?: number;
  /** Given: all nodes are spoken to over TLS. */
  readonly tls?: ConnectionOptions;
}

/** Calls services by name. Failures are `BotError`s: see `ErrorRecord` for their `detail`. */
export interface Client {
  call(service: string, endpoint: string, request?: Request, options?: CallOptions): Promise<Answer>;
  /** The answers of a streaming endpoint. Leaving the loop ends the stream. */
  stream(
    service: string,
    endpoint: string,
    request?: Request,
    options?: StreamOptions,
  ): AsyncIterable<Answer>;
  /** All nodes of a service, as the registry says now; for asking each of them. Throws `not_found` when there are none. */
  nodes(service: string): Promise<readonly Node[]>;
  /** Ends all connections. Calls that still run may fail. Twice is safe. */
  close(): Promise<void>;
}

const NAME = /^[^\s\p{Cc}\p{Cs}]{1,512}$/u;
const NO_METADATA: Readonly<Record<string, string>> = {};

const MAX_ANSWER = 2 * 1024 * 1024;

export function client(options: ClientOptions): Client {
  const { maxAnswer = MAX_ANSWER, maxValues = MAX_VALUES } = options;
  const wireOptions: WireOptions = {
    connections: options.connections ?? 128,
    idleTimeout: options.idleTimeout ?? 30_000,
    connectTimeout: options.connectTimeout ?? 1000,
    ...(options.tls ? { tls: options.tls } : {}),
  };
  const known = lookup(options.registry);
  const selected = selector();
  const connections = pool(wireOptions);
  const http2 = sessions(wireOptions);
  const bare = envelope(connections, wireOptions);
  const wires: Readonly<Record<string, Wire>> = {
    mucp: mucp(connections, wireOptions),
    grpc: grpc(http2),
  };

  function wireOf(where: Where, node: Node): Wire {
    const protocol = node.metadata?.protocol;
    if (!protocol) return bare;
    if (Object.hasOwn(wires, protocol)) return wires[protocol]!;
    throw localError(where, 501, `node ${node.id} speaks '${protocol}', which is not known here`, {
      sent: false,
    });
  }

  async function candidates(
    where: Where,
    { node, address }: StreamOptions,
    signal: AbortSignal,
  ): Promise<Node[]> {
    if (node) return [node];
    if (address !== undefined) return [{ id: address, address }];
    const found = known.nodes(where.service);
    const nodes = found instanceof Promise ? await within(signal, found) : found;
    if (nodes.length === 0) throw await none(where, signal);
    return selected.order(where.service, nodes);
  }

  /** Why there is nobody to ask: the name may be known, and its nodes ill. */
  async function none(where: Where, signal?: AbortSignal): Promise<BotError> {
    const counted = Promise.resolve(options.registry.unhealthy?.(where.service) ?? 0).catch(() => 0);
    const ill = await (signal ? within(signal, counted) : counted);
    const words =
      ill > 0
        ? `none of its nodes is healthy: ${ill} registered, ${ill} failing their checks`
        : "no such service";
    return localError(where, 404, words, { sent: false });
  }

  async function attempt(node: Node, out: Outgoing): Promise<Answer> {
    try {
      const { raw, value } = await wireOf(out, node).call(out);
      selected.answered(node);
      return { raw, value: value as Json, node };
    } catch (error) {
      note(out.service, node, error);
      throw error;
    }
  }

  async function* answersOf(node: Node, out: Outgoing, silence: Limit): AsyncGenerator<Answer, undefined> {
    try {
      for await (const { raw, value } of wireOf(out, node).stream(out)) {
        // The caller's own time with an answer is not the node's silence.
        silence.pause();
        yield { raw, value: value as Json, node };
        silence.renew();
      }
    } catch (error) {
      note(out.service, node, error);
      throw error;
    }
    return undefined;
  }

  /** Remembers what a failure says about the node; a handler's own error says nothing. */
  function note(service: string, node: Node, error: unknown): void {
    const { sent } = detailOf(error);
    if (sent === undefined || codeOf(error) === "cancelled") return;
    selected.failed(node);
    if (sent === false) known.forget(service);
  }

  function outgoing(where: Where, node: Node, body: string, more: StreamOptions, time: Limit): Outgoing {
    return {
      service: where.service,
      endpoint: where.endpoint,
      address: node.address,
      body,
      metadata: more.metadata ?? NO_METADATA,
      timeout: time.left(),
      maxAnswer: Math.min(more.maxAnswer ?? maxAnswer, maxAnswer),
      maxValues,
      signal: time.signal,
    };
  }

  return {
    async call(service, endpoint, request = {}, more = {}) {
      const where = checked(service, endpoint, more.metadata);
      const body = bodyOf(request);
      const whole = limit(where, more.timeout ?? options.timeout ?? 5000, more.signal);
      try {
        const nodes = await candidates(where, more, whole.signal);
        const tries = Math.min(nodes.length, 1 + (more.retries ?? options.retries ?? 3));
        for (let turn = 0; ; turn++) {
          const node = nodes[turn]!;
          const last = turn === tries - 1;
          // A silent node may use up only its share of the time, when another may be asked afterwards.
          const share =
            more.idempotent && !last ? limit(where, whole.left() / (tries - turn), whole.signal) : whole;
          try {
            return await attempt(node, outgoing(where, node, body, more, share));
          } catch (error) {
            if (last || whole.signal.aborted || !mayRepeat(error, more.idempotent)) throw error;
          } finally {
            if (share !== whole) share.end();
          }
        }
      } finally {
        whole.end();
      }
    },
    async *stream(service, endpoint, request = {}, more = {}) {
      const where = checked(service, endpoint, more.metadata);
      const body = bodyOf(request);
      const silence = limit(where, more.timeout ?? 30_000, more.signal);
      try {
        const nodes = await candidates(where, more, silence.signal);
        for (const [turn, node] of nodes.entries()) {
          try {
            return yield* answersOf(node, outgoing(where, node, body, more, silence), silence);
          } catch (error) {
            if (turn === nodes.length - 1 || detailOf(error).sent !== false) throw error;
          }
        }
      } finally {
        silence.end();
      }
    },
    async nodes(service) {
      const where = checked(service, "nodes");
      const nodes = (await options.registry.get(service)).flatMap((version) => version.nodes);
      if (nodes.length === 0) throw await none(where);
      return nodes;
    },
    async close() {
      connections.close();
      http2.close();
    },
  };
}

function checked(service: string, endpoint: string, metadata?: Readonly<Record<string, string>>): Where {
  if (!NAME.test(service))
    throw new BotError("invalid", `'${service}' is no service name: write it without spaces`);
  if (!NAME.test(endpoint))
    throw new BotError("invalid", `'${endpoint}' is no endpoint: write Type.Method, as in Greeter.Hello`);
  if (metadata) for (const name in metadata) checkMetadata(name, metadata[name]!);
  return { service, endpoint };
}

function bodyOf(request: Request): string {
  if (typeof request !== "string") return writeJson(request);
  parseJson(request, "the request");
  return request.trim();
}

function mayRepeat(error: unknown, idempotent = false): boolean {
  const { sent } = detailOf(error);
  return sent === false || (idempotent && sent === true);
}

function detailOf(error: unknown): { readonly sent?: unknown } {
  return (error as Partial<BotError> | undefined)?.detail ?? {};
}
