import type { IncomingHttpHeaders } from "node:http2";
import { type ErrorRecord, record } from "./errors.ts";
import { protobufFields } from "./protobuf.ts";

/** gRPC's status codes as go-micro's codes (HTTP's), https://grpc.io/docs/guides/status-codes/. */
const codes: Readonly<Record<number, number>> = {
  1: 499,
  3: 400,
  4: 408,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 412,
  12: 501,
  13: 500,
  14: 503,
  16: 401,
};

/** What a gRPC call ended with. */
export interface Ending {
  /** `OK` is 0; undefined when the node never said. */
  readonly status?: number;
  /** go-micro's code for it. */
  readonly code: number;
  /** The error as go-micro wrote it: a record's JSON, or plain words. */
  readonly text: string;
}

/** Reads the trailers, or the headers of an answer that is nothing else. */
export function endingOf(headers: IncomingHttpHeaders): Ending {
  const text = String(headers["grpc-status"] ?? "");
  if (!/^\d{1,3}$/.test(text)) return { code: 502, text: "the answer was cut off" };
  const status = Number(text);
  const code = codes[status] ?? 500;
  const details = detailsIn(String(headers["grpc-status-details-bin"] ?? ""));
  if (details) return { status, code, text: JSON.stringify(details) };
  return { status, code, text: decode(String(headers["grpc-message"] ?? "")) || `gRPC status ${status}` };
}

/** go-micro's record, the first detail of a google.rpc.Status, or itself. */
function detailsIn(base64: string): ErrorRecord | undefined {
  if (base64 === "") return undefined;
  const bytes = Buffer.from(base64, "base64");
  const any = bytesIn(bytes, 3);
  const packed = any && bytesIn(any, 2);
  return recordIn(packed ?? bytes);
}

function recordIn(bytes: Uint8Array): ErrorRecord | undefined {
  const fields = protobufFields(bytes);
  const [id, code, detail, status] = [1, 2, 3, 4].map((number) => fields?.get(number));
  if (!(id instanceof Uint8Array) || typeof code !== "bigint") return undefined;
  const made = record(words(id), Number(BigInt.asIntN(32, code)), words(detail));
  return { ...made, status: words(status) || made.status };
}

function bytesIn(bytes: Uint8Array, number: number): Uint8Array | undefined {
  const value = protobufFields(bytes)?.get(number);
  return value instanceof Uint8Array ? value : undefined;
}

function words(value: bigint | Uint8Array | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : "";
}

// grpc-message is percent-encoded UTF-8; a broken one is shown as it came, as the specification asks.
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
