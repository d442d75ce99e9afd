import { createHash } from "node:crypto";
import type { MailParser } from "mailparser";
import { type Addresses, readAddresses } from "./address.ts";
import { type Body, bodyOf, OPTIONS, type Part } from "./body.ts";
import { Headers, messageIds, unfold } from "./headers.ts";

/** One mail, as far as it matters here. */
export interface Mail {
  readonly headers: Headers;
  /** Who wrote it, if that is one plain address; in lower case. */
  readonly from: string | undefined;
  /** All in To and Cc. */
  readonly recipients: readonly string[];
  /** Its Message-ID, without brackets. */
  readonly id: string | undefined;
  /** Ids of the thread's earlier mails, the first one first. */
  readonly references: readonly string[];
  /** The id of the mail that it answers, if it says so. */
  readonly answers: string | undefined;
  readonly subject: string;
  readonly body: Body;
  /** The same for every copy of this mail, and for no other. */
  readonly key: string;
}

export type Library = Pick<typeof import("mailparser"), "MailParser">;

/** Rejects what cannot be read: too many parts, too deep, too many headers. */
export async function readMail(source: Buffer, library: Library): Promise<Mail> {
  const parsed = await parse(source, library);
  const headers = new Headers(parsed.headerLines || []);
  const [id] = messageIds(headers.first("message-id") ?? "");
  const earlier = messageIds(headers.first("references") ?? "");
  const [answers] = messageIds(headers.first("in-reply-to") ?? "");
  const references = earlier.length > 0 || answers === undefined ? earlier : [answers];
  const subject = unfold(parsed.subject ?? "").toWellFormed();
  const body = bodyOf(treeOf(parsed));
  const from = authorOf(headers);
  const content = [from ?? "", headers.first("date") ?? "", subject, ...wordsOf(body)].join("\n");
  return {
    headers,
    from,
    recipients: ["to", "cc"].flatMap((name) =>
      headers.all(name).flatMap((value) => readAddresses(value).list),
    ),
    id,
    references,
    answers,
    subject,
    body,
    key: `${id ?? ""}#${createHash("sha256").update(content).digest("hex").slice(0, 32)}`,
  };
}

function parse(source: Buffer, { MailParser }: Library): Promise<MailParser> {
  const { promise, resolve, reject } = Promise.withResolvers<MailParser>();
  const parser = new MailParser(OPTIONS);
  parser.on("error", reject);
  parser.on("end", () => resolve(parser));
  parser.on("data", (part) => {
    if (part.type === "attachment") part.release?.();
  });
  parser.end(source);
  return promise;
}

function treeOf(parser: MailParser): Part {
  const { tree } = parser as unknown as { readonly tree: Part | false };
  return tree || { contentType: false, headers: new Map(), children: [], node: {} };
}

function wordsOf({ texts }: Body): string[] {
  return texts.flatMap((parts) => parts.map(({ text }) => text.toWellFormed()));
}

// RFC 7489, section 6.6.1: with more authors than one nobody can say whose mail it is.
function authorOf(headers: Headers): string | undefined {
  const [value, ...more] = headers.all("from");
  if (value === undefined || more.length > 0) return undefined;
  const { list, clean }: Addresses = readAddresses(value);
  return clean && list.length === 1 ? list[0] : undefined;
}

/** A mail's headers without its body. */
export function headOf(source: Buffer): Buffer {
  const ends = ["\r\n\r\n", "\n\n"].map((end) => source.indexOf(end)).filter((at) => at >= 0);
  return source.subarray(0, Math.min(source.length, ...ends));
}

/** When it was written, as it says itself, in milliseconds since 1970. */
export function dateOf({ headers }: Mail): number | undefined {
  const time = Date.parse((headers.first("date") ?? "").replace(/\([^()]*\)/gu, ""));
  return Number.isNaN(time) ? undefined : time;
}
