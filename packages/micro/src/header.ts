import { BotError } from "@micro-bot/core";

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PLAIN = /^[ -~]*$/;
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f]/;

// What the wire itself says; a caller's metadata cannot change it.
const RESERVED = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "timeout",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const PROTOCOL = /^(x-)?micro-(endpoint|error|id|method|protocol|service|stream|target|topic)$|^grpc-/i;

/** Text as a header carries it: UTF-8 bytes, one character each (RFC 9110, 5.5), as go-micro writes and reads them. */
export function headerText(text: string): string {
  if (PLAIN.test(text)) return text;
  return Buffer.from(text.replace(/[\r\n]+/g, " "), "utf8")
    .toString("latin1")
    .replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, "?");
}

/** The text a header's characters stand for. Bytes that are no UTF-8 are shown as they came. */
export function textOfHeader(value: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}

/** Checks one metadata pair. Throws `invalid`, naming the key. */
export function checkMetadata(name: string, value: string): void {
  if (!NAME.test(name))
    throw new BotError("invalid", `metadata '${name}' is no header name: use letters, digits and -`);
  if (RESERVED.has(name.toLowerCase()) || PROTOCOL.test(name))
    throw new BotError("invalid", `metadata '${name}' is the protocol's own: choose another name`);
  if (FORBIDDEN.test(value))
    throw new BotError("invalid", `metadata '${name}' holds a control character: leave it out`);
}
