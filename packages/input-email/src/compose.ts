import { type Attachment, BotError, type Content, type Event, type Json } from "@micro-bot/core";
import { clean, ellipsis, oneLine } from "@micro-bot/kit";
import type { SendMailOptions } from "nodemailer";
import { isAddress } from "./address.ts";
import { plainSubject } from "./command.ts";
import { isMessageId } from "./headers.ts";
import { toHtml } from "./html.ts";
import { ownId } from "./ids.ts";
import { toText } from "./markdown.ts";

const LONGEST_SUBJECT = 200;
const DEFAULT_SUBJECT = 70;
const LONGEST_NAME = 200;
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/iu;

/** The mail of an event. Everything in a header is made one line, and checked. Throws `invalid`. */
export function compose(said: Event, address: string): SendMailOptions {
  // Mail has no such thing.
  const event = said.action ? { ...said, data: `* ${said.data}` } : said;
  const to = (event.to.room || event.to.person || "").toLowerCase();
  if (!isAddress(to)) throw invalid(`'${oneLine(to).slice(0, 100)}' is no e-mail address`);
  if (to === address) throw invalid("it does not write to itself");
  const { meta } = event;
  const answered = [meta.messageId, event.to.thread].find(isId);
  const references = [...idsOf(meta.references), ...(answered === undefined ? [] : [answered])];
  const text = inWords(event);
  if (text.trim() === "" && !event.files?.length) throw invalid("there is nothing to say");
  return {
    from: { name: "", address },
    to: [{ name: "", address: to }],
    envelope: { from: address, to: [to] },
    messageId: `<${ownId(event.id, address)}>`,
    date: new Date(event.time),
    subject: subjectOf(event),
    ...(answered !== undefined && { inReplyTo: `<${answered}>` }),
    ...(references.length > 0 && { references: references.map((id) => `<${id}>`) }),
    headers: {
      // RFC 3834, section 5; the others are what Exchange, and forwarding programs, go by.
      "Auto-Submitted": isReply(event) ? "auto-replied" : "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "X-Loop": address,
    },
    text,
    html: `<!DOCTYPE html>\n<html><body>\n${inHtml(event)}\n</body></html>`,
    attachments: (event.files ?? []).map(attachment),
  };
}

/** Whether it answers a mail, rather than being said unasked. */
export function isReply({ meta }: Event): boolean {
  return typeof meta.subject === "string";
}

function subjectOf(event: Event): string {
  // Text that looks like an encoded word (RFC 2047) would be decoded where it is read.
  return subjectText(event).replaceAll("=?", "= ?");
}

function subjectText(event: Event): string {
  const given = oneLine(event.subject ?? "").slice(0, LONGEST_SUBJECT);
  if (given) return given.toWellFormed();
  if (isReply(event)) {
    const subject = plainSubject(oneLine(event.meta.subject as string));
    return `Re: ${subject.slice(0, LONGEST_SUBJECT)}`.trimEnd().toWellFormed();
  }
  const line =
    event.data
      .split("\n")
      .map(oneLine)
      .find((one) => one !== "") ?? "A message";
  return ellipsis(line, DEFAULT_SUBJECT);
}

// Mail has no buttons.
function inWords({ data, format, choices = [] }: Content): string {
  const text = format === "markdown" ? toText(clean(data)) : clean(data);
  return choices.length === 0 ? text : `${text}\n\n${offer(choices)}`;
}

function inHtml({ data, format, choices = [] }: Content): string {
  const html = toHtml(clean(data), format);
  return choices.length === 0 ? html : `${html}\n${toHtml(offer(choices))}`;
}

function offer(choices: readonly string[]): string {
  return `Answer with one of: ${choices.map(oneLine).join(", ")}`;
}

function attachment({
  name,
  type,
  data,
  encoding,
}: Attachment): NonNullable<SendMailOptions["attachments"]>[number] {
  const filename =
    oneLine(name)
      .replace(/[\\/?]/gu, "_")
      .slice(0, LONGEST_NAME)
      .toWellFormed() || "file";
  return {
    filename,
    content: Buffer.from(data, encoding ?? "utf8"),
    contentType: type !== undefined && TYPE.test(type) ? type : "application/octet-stream",
    contentDisposition: "attachment",
  };
}

function idsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter(isId) : [];
}

function isId(value: Json | undefined): value is string {
  return typeof value === "string" && isMessageId(value);
}

function invalid(why: string): BotError {
  return new BotError("invalid", `[input-email] ${why}`);
}
