import type { Headers } from "./headers.ts";

// Senders that nobody reads: RFC 3834, section 2, and the names that list software uses.
const MACHINES =
  /^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|listserv|majordomo|owner-.+|.+-(?:owner|request|bounces?))$/iu;

type Rule = (headers: Headers) => boolean;

const RULES: Readonly<Record<string, Rule>> = {
  "an automatic mail": (headers) => has(headers, "auto-submitted", (value) => !/^no\b/iu.test(value)),
  "mail in bulk": (headers) =>
    has(headers, "precedence", (value) => /^(?:bulk|list|junk|auto_reply)\b/iu.test(value)),
  "a mailing list's": (headers) => [...headers.names()].some((name) => name.startsWith("list-")),
  "a bounce": (headers) =>
    has(headers, "return-path", (value) => /^<\s*>$/u.test(value)) ||
    has(headers, "content-type", (value) => /^multipart\/report\b|^message\/delivery-status\b/iu.test(value)),
  "not to be answered": (headers) =>
    has(headers, "x-auto-response-suppress", (value) => /\b(?:all|autoreply|oof)\b/iu.test(value)) ||
    ["x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply"].some((name) =>
      has(headers, name, (value) => !/^no\b/iu.test(value)),
    ),
};

/** Why nobody may answer this mail, in words; undefined when one may. RFC 3834, section 2. */
export function automaticReason(headers: Headers, from: string): string | undefined {
  if (MACHINES.test(from.slice(0, from.lastIndexOf("@")))) return "from a machine";
  return Object.keys(RULES).find((reason) => RULES[reason]!(headers));
}

function has(headers: Headers, name: string, is: (value: string) => boolean): boolean {
  return headers.all(name).some(is);
}
