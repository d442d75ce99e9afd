import { localError, remoteError } from "./errors.ts";
import { members } from "./json.ts";
import { checkPlain, EOS } from "./mucp.ts";
import type { HttpAnswer, Pool } from "./pool.ts";
import { replies } from "./replies.ts";
import { microHeaders, type Outgoing, type Reading, reading, type Wire, type WireOptions } from "./wire.ts";

/**
 * The wire of nodes that name no protocol: a JSON-RPC 1.0 envelope, which every go-micro server over HTTP takes.
 * Of its two content types this is the one that later servers, too, take for the envelope whatever the headers say.
 */
export function envelope(pool: Pool, options: WireOptions): Wire {
  return {
    call(out) {
      return pool.post(out, headersOf(out), wrap(out), (answer) => open(out, answer));
    },
    stream(out) {
      return replies(out, options, headersOf(out), wrap(out), (answer) => openNext(out, answer));
    },
  };
}

function headersOf(out: Outgoing): string[] {
  return microHeaders(out, "application/json-rpc");
}

function wrap(out: Outgoing): string {
  return `{"method":${JSON.stringify(out.endpoint)},"params":[${out.body}],"id":0}\n`;
}

function open(out: Outgoing, answer: HttpAnswer): Reading {
  const { error, result } = partsOf(out, answer);
  if (error !== undefined) throw remoteError(out, error);
  if (result === undefined) throw localError(out, 502, "the answer has neither result nor error");
  return result;
}

function openNext(out: Outgoing, answer: HttpAnswer): Reading | undefined {
  return partsOf(out, answer).error === EOS ? undefined : open(out, answer);
}

// The id is not compared: later servers answer it as a string, and on errors leave it empty.
function partsOf(out: Outgoing, answer: HttpAnswer): { error?: string; result?: Reading } {
  checkPlain(out, answer);
  const { raw, value } = reading(out, answer.body);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw localError(out, 502, `the answer is no JSON-RPC envelope: ${raw.slice(0, 80)}`);
  const { error, result } = value as { error?: unknown; result?: unknown };
  const parts = members(raw);
  if (error === null || error === undefined) {
    const text = parts.get("result");
    return text === undefined ? {} : { result: { raw: text, value: result } };
  }
  return { error: typeof error === "string" ? error : parts.get("error")! };
}
