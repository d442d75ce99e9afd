import { unfold } from "./headers.ts";

// What mail programs put above the text that they quote, or the signature. A line that looks so ends what was written.
const ENDS: readonly RegExp[] = [
  /^>/u,
  // RFC 3676, section 4.3; its space is lost on the way more often than not.
  /^--\s?$/u,
  /^[-_=*]{8,}$/u,
  /^-{2,}\s*\S.{0,80}\s*-{2,}$/u,
  /^begin forwarded message:?$/iu,
  /^(?:sent|gesendet|envoyé|enviado|inviato|verzonden|skickat|sendt|wysłano|lähetetty)\s.{0,20}(?:from|via|with|von|mit|depuis|de|desde|do|da|vanaf|från|fra|z)\s.{1,60}$/iu,
  /^get outlook for \S+$/iu,
];
// `On Monday, Alice wrote:` in the languages whose mail programs are met most. It may be broken into lines.
const WROTE: readonly RegExp[] = [
  /^on\s.{4,}\swrote\s?:$/iu,
  /^(?:am|den)\s.{4,}\s(?:schrieb|skrev)(?!\p{L}).{0,200}:$/iu,
  /^le\s.{4,}\sa écrit\s?:$/iu,
  /^el\s.{4,}\sescribió\s?:$/iu,
  /^il\s.{4,}\sha scritto\s?:$/iu,
  /^op\s.{4,}\s(?:schreef|het volgende geschreven)(?!\p{L}).{0,200}:$/iu,
  /^em\s.{4,}\sescreveu\s?:$/iu,
  /^w dniu\s.{4,}\s(?:napisał|napisała|pisze)(?!\p{L}).{0,20}:$/iu,
];
// The same where the sentence begins with a date or a name: on one line only, or what stands above would belong to it.
const WROTE_ALONE =
  /^.{4,400}(?:\s(?:schrieb|skrev|wrote|пишет|написал|написала)|写道|寫道|のメール)\s?[:：]$/iu;
const WROTE_LINES = 4;
// Outlook quotes with a block of headers, and nothing before its lines.
const FROM = /^(?:\*?)(?:from|von|de|da|van|från|fra|od|от|发件人|差出人)\s?:(?:\*?)\s?\S/iu;
const OTHER_HEADER =
  /^(?:\*?)(?:sent|date|to|subject|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado|fecha|para|asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne)\s?:/iu;
const HEADER_LINES = 3;

const REPLY =
  /^(?:(?:re|fwd?|aw|wg|antw|sv|vs|vb|tr|rv|res|enc|odp|pd|ynt|ilt|回复|转发|答复)(?:\s?\[\d+\])?\s?[:：]\s*)+/iu;
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\ufeff]/gu;
/** No command is longer; and a line that quotes is a short one. */
const LONGEST_TEXT = 64 * 1024;
const LONGEST_LINE = 500;

/** What the person typed: the first line of the body above the quote, or the subject when there is none. */
export function commandOf(text: string, subject: string): string {
  return firstLine(ownLines(text)) ?? tidy(plainSubject(subject).replace(/[\r\n]+/gu, " "));
}

/** A subject without `Re:` and `Fwd:`, however often and in whatever language. */
export function plainSubject(subject: string): string {
  return unfold(subject).trim().replace(REPLY, "").trim();
}

/** The lines that stand above everything quoted, and above the signature. */
export function ownLines(text: string): string[] {
  const lines = text
    .slice(0, LONGEST_TEXT)
    .split(/\r\n?|[\n\u2028\u2029\u0085]/u)
    .map(tidy);
  const end = lines.findIndex((_, at) => isEnd(lines, at));
  return end < 0 ? lines : lines.slice(0, end);
}

function isEnd(lines: readonly string[], at: number): boolean {
  const line = lines[at]!.slice(0, LONGEST_LINE);
  if (line === "") return false;
  if (ENDS.some((pattern) => pattern.test(line))) return true;
  if (FROM.test(line))
    return lines.slice(at + 1, at + 1 + HEADER_LINES).some((next) => OTHER_HEADER.test(next));
  if (WROTE_ALONE.test(line)) return true;
  let joined = line;
  for (const next of lines.slice(at + 1, at + WROTE_LINES)) {
    if (joined.endsWith(":") || next === "") break;
    joined = `${joined} ${next}`.slice(0, LONGEST_LINE);
  }
  return WROTE.some((pattern) => pattern.test(joined));
}

// JSON that the mail program has broken into lines goes on until its brackets are closed.
function firstLine(lines: readonly string[]): string | undefined {
  const start = lines.findIndex((line) => line !== "");
  if (start < 0) return undefined;
  const first = lines[start]!;
  let whole = first;
  for (const line of lines.slice(start + 1)) {
    if (!isOpen(whole)) return whole;
    if (line === "") break;
    whole += ` ${line}`;
  }
  return isOpen(whole) ? first : whole;
}

function isOpen(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (depth > 0 && char === '"') quoted = !quoted;
    else if (quoted) at += char === "\\" ? 1 : 0;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth = Math.max(0, depth - 1);
  }
  return depth > 0;
}

function tidy(line: string): string {
  return line
    .toWellFormed()
    .replace(INVISIBLE, "")
    .replace(/[\u00a0\u202f]/gu, " ")
    .trim();
}
