import type { Headers, MailParserOptions } from "mailparser";
import { htmlText } from "./html-text.ts";
import { BROKEN, FLOWED, type Text, WHOLE } from "./typed.ts";

/** What is used of a part of a mail, as the parser keeps it. Its own joined text tells neither parts nor alternatives apart. */
export interface Part {
  readonly contentType: string | false;
  readonly headers: Headers;
  readonly isAttachment?: boolean;
  readonly textContent?: string;
  readonly children: readonly Part[];
  /** As the parser's own reader gives it; `flowed` is that of RFC 3676, and undone. */
  readonly node: {
    readonly flowed?: boolean;
    readonly filename?: string | false;
    readonly disposition?: string | false;
    readonly root?: boolean;
  };
}

/** A mail's body. */
export interface Body {
  /** Its texts, by those alternatives that say best what was typed, then by the others. */
  readonly texts: readonly (readonly Text[])[];
  /** Why a part that may hold what was typed could not be read. */
  readonly unread?: string | undefined;
  /** A calendar's program wrote it: RFC 5546, section 1.4. */
  readonly calendar: boolean;
  /** Names of the files that its person attached. */
  readonly files: readonly string[];
}

type Kind = "text/html" | "text/plain";

/** HTML is what the sender saw; its plain copy has broken lines, and marks for what cannot be shown. */
const BEST: readonly Kind[] = ["text/html", "text/plain"];
const UNREADABLE = new Map([
  ["multipart/encrypted", "it is encrypted"],
  ["application/pkcs7-mime", "it is encrypted, or signed in a form that I cannot read"],
  ["application/x-pkcs7-mime", "it is encrypted, or signed in a form that I cannot read"],
  ["application/ms-tnef", "it is in Outlook's own format (winmail.dat)"],
  ["text/rtf", "it is rich text, neither plain nor HTML"],
  ["text/richtext", "it is rich text, neither plain nor HTML"],
  ["text/enriched", "it is rich text, neither plain nor HTML"],
  ["text/markdown", "it is markdown, neither plain text nor HTML"],
]);
/** Files of one mail, and letters of one name. */
const MOST_FILES = 20;
const LONGEST_NAME = 200;
const TOO_MUCH = "its HTML is too long, or too deep";

/** Attachments are kept shut, embedded mails closed, and the parser turns nothing into HTML or text. */
export const OPTIONS: MailParserOptions = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  ignoreEmbedded: true,
  checksumAlgo: false,
  maxHeadSize: 256 * 1024,
  maxChildNodes: 200,
};

/** The body of a mail out of its parts. */
export function bodyOf(root: Part): Body {
  const pages = new Map<Part, string | undefined>();
  const all = partsOf(root);
  for (const part of all) if (isText(part, "text/html")) pages.set(part, htmlText(part.textContent ?? ""));
  const known = all.filter((part) => !isFile(part)).map((part) => UNREADABLE.get(typeOf(part)));
  return {
    texts: BEST.map((kind) => textsOf(root, kind, pages)),
    unread: [...pages.values()].includes(undefined) ? TOO_MUCH : known.find((why) => why !== undefined),
    calendar: all.some(isCalendar),
    files: all.filter(isAttached).slice(0, MOST_FILES).map(nameOf),
  };
}

function textsOf(part: Part, best: Kind, pages: ReadonlyMap<Part, string | undefined>): Text[] {
  if (isText(part, "text/plain"))
    return [{ text: part.textContent ?? "", broken: part.node.flowed ? FLOWED : BROKEN }];
  if (isText(part, "text/html")) return [{ text: pages.get(part) ?? "", broken: WHOLE }];
  if (typeOf(part) !== "multipart/alternative")
    return part.children.flatMap((child) => textsOf(child, best, pages));
  const choices = part.children
    .map((child) => ({ child, texts: textsOf(child, best, pages) }))
    .filter(({ texts }) => texts.length > 0);
  const choice = choices.findLast(({ child }) => partsOf(child).some((one) => isText(one, best)));
  return (choice ?? choices.at(-1))?.texts ?? [];
}

function isText(part: Part, kind: Kind): boolean {
  return typeOf(part) === kind && !part.isAttachment && !isFile(part);
}

/** A text with a name is a file, unless it is all there is. What else may hold the body always has one. */
function isFile(part: Part): boolean {
  if (!typeOf(part).startsWith("text/") || part.node.root) return false;
  return Boolean(part.node.filename) || part.node.disposition === "attachment";
}

/** A picture in the text, as a signature's logo, is none. */
function isAttached(part: Part): boolean {
  const { filename, disposition } = part.node;
  return disposition === "attachment" || (Boolean(filename) && !part.headers.has("content-id"));
}

function nameOf({ node: { filename } }: Part): string {
  return (filename || "").replace(/\s+/gu, " ").toWellFormed().slice(0, LONGEST_NAME);
}

function isCalendar(part: Part): boolean {
  if (typeOf(part) !== "text/calendar") return false;
  const type = part.headers.get("content-type");
  const { method } = (type as { readonly params?: { readonly method?: string } } | undefined)?.params ?? {};
  return method !== undefined && !/^publish$/iu.test(method);
}

function partsOf(part: Part): Part[] {
  return [part, ...part.children.flatMap(partsOf)];
}

function typeOf({ contentType }: Part): string {
  return contentType ? contentType.toLowerCase() : "";
}
