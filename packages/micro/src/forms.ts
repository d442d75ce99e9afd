import type { IncomingHttpHeaders } from "node:http";
import { BotError } from "@micro-bot/core";
import type { JsonBounds } from "@micro-bot/kit";
import { headerText, textOfHeader } from "./header.ts";
import { elements, members, parseJson } from "./json.ts";

/** A request, once its form is understood. */
export interface Asked {
  /** `Greeter.Hello`. */
  readonly endpoint: string;
  /** JSON text. */
  readonly raw: string;
  readonly value: unknown;
  /** The caller's own id of the request, as JSON text. Only the envelope has one. */
  readonly id?: string;
}

/** What goes back: always with HTTP status 200, as go-micro answers. */
export interface Reply {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One of the two JSON forms. */
export interface Form {
  read(headers: IncomingHttpHeaders, body: string, bounds: JsonBounds): Asked;
  answer(asked: Asked, result: string): Reply;
  /** `error` is a record's JSON or plain words; `asked` is undefined when the request could not be read. */
  refuse(asked: Asked | undefined, error: string): Reply;
  /** What go-micro's servers say to an endpoint that is not there; `type` and `method` are its parts. */
  readonly unknown: {
    illFormed(endpoint: string): string;
    type(endpoint: string, type: string): string;
    method(endpoint: string, method: string): string;
  };
}

/** The JSON-RPC 1.0 envelope: the only form of 2016. */
export const envelopeForm: Form = {
  read(_headers, body, bounds) {
    const value = parseJson(body, "the request", bounds);
    const { method, params } = (value ?? {}) as { method?: unknown; params?: unknown };
    if (typeof method !== "string" || !Array.isArray(params) || params.length !== 1)
      throw new BotError(
        "invalid",
        'the request must be {"method": "Type.Method", "params": [{…}], "id": 0}',
      );
    const parts = members(body);
    const [raw] = elements(parts.get("params")!) as [string];
    return { endpoint: method, raw, value: params[0], id: parts.get("id") ?? "null" };
  },
  answer: ({ id }, result) => json(`{"id":${id},"result":${result},"error":null}\n`),
  refuse: (asked, error) =>
    json(`{"id":${asked?.id ?? "null"},"result":null,"error":${JSON.stringify(error)}}\n`),
  unknown: {
    illFormed: (endpoint) => `rpc: service/method request ill-formed: ${endpoint}`,
    type: (endpoint) => `rpc: can't find service ${endpoint}`,
    method: (endpoint) => `rpc: can't find method ${endpoint}`,
  },
};

/** Everything in headers, the bare JSON in the body: go-micro since 2019. */
export const headerForm: Form = {
  read(headers, body, bounds) {
    const raw = body.trim() || "{}";
    return { endpoint: endpointIn(headers) ?? "", raw, value: parseJson(raw, "the request", bounds) };
  },
  answer: ({ endpoint }, result) => json(`${result}\n`, { "Micro-Endpoint": headerText(endpoint) }),
  refuse: (_asked, error) => {
    const value = headerText(error);
    return json("", { "Micro-Error": value, "X-Micro-Error": value });
  },
  unknown: {
    illFormed: (endpoint) => `rpc: service/endpoint request ill-formed: ${endpoint}`,
    type: (_endpoint, type) => `rpc: can't find service ${type}`,
    method: (_endpoint, method) => `rpc: can't find method ${method}`,
  },
};

/**
 * The form of a request by its headers; undefined for a content type not spoken here. go-micro compares the type as a
 * whole; parameters such as `charset=utf-8` are let pass, since nothing else can be meant.
 */
export function formOf(headers: IncomingHttpHeaders): Form | undefined {
  const type = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (type === "application/json-rpc") return envelopeForm;
  if (type !== "application/json") return undefined;
  return endpointIn(headers) === undefined ? envelopeForm : headerForm;
}

/** The words for a content type not spoken here: plain text, with no error header, as in Go. */
export function unsupported(headers: IncomingHttpHeaders): Reply {
  const type = (headers["content-type"] ?? "").slice(0, 200);
  return {
    headers: { "Content-Type": "text/plain" },
    body: `unsupported Content-Type: ${textOfHeader(type)}`,
  };
}

const NAMES = ["micro-endpoint", "x-micro-endpoint", "micro-method", "x-micro-method"];

function endpointIn(headers: IncomingHttpHeaders): string | undefined {
  for (const name of NAMES) {
    const value = headers[name];
    if (typeof value === "string" && value !== "") return textOfHeader(value);
  }
  return undefined;
}

function json(body: string, headers: Record<string, string> = {}): Reply {
  return { headers: { "Content-Type": "application/json", ...headers }, body };
}
