import { createHash } from "node:crypto";
import type { ParsedMail, SimpleParserOptions } from "mailparser";
import { type Addresses, readAddresses } from "./address.ts";
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
  readonly subject: string;
  readonly text: string;
  /** The same for every copy of this mail, and for no other. */
  readonly key: string;
}

export type ParseMail = (source: Buffer, options: SimpleParserOptions) => Promise<ParsedMail>;

/** Attachments are kept shut, embedded mails closed, and nothing is turned into HTML. */
const OPTIONS: SimpleParserOptions = {
  skipTextToHtml: true,
  skipImageLinks: true,
  keepCidLinks: true,
  ignoreEmbedded: true,
  checksumAlgo: false,
  maxHtmlLengthToParse: 500_000,
  maxHeadSize: 256 * 1024,
  maxChildNodes: 200,
};

/** Rejects what cannot be read: too many parts, too deep, too many headers. */
export async function readMail(source: Buffer, parse: ParseMail): Promise<Mail> {
  const parsed = await parse(source, OPTIONS);
  const headers = new Headers(parsed.headerLines);
  const [id] = messageIds(headers.first("message-id") ?? "");
  const earlier = messageIds(headers.first("references") ?? "");
  const references =
    earlier.length > 0 ? earlier : messageIds(headers.first("in-reply-to") ?? "").slice(0, 1);
  const subject = unfold(parsed.subject ?? "").toWellFormed();
  const text = (parsed.text ?? "").toWellFormed();
  const from = authorOf(headers);
  const content = [from ?? "", headers.first("date") ?? "", subject, text].join("\n");
  return {
    headers,
    from,
    recipients: ["to", "cc"].flatMap((name) =>
      headers.all(name).flatMap((value) => readAddresses(value).list),
    ),
    id,
    references,
    subject,
    text,
    key: `${id ?? ""}#${createHash("sha256").update(content).digest("hex").slice(0, 32)}`,
  };
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
