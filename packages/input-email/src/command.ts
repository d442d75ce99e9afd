import { clean } from "@micro-bot/kit";
import { TAG, withoutTag } from "./added.ts";
import { unfold } from "./headers.ts";
import { Open } from "./open.ts";
import { tidy } from "./tidy.ts";
import { type Line, type Text, type Typed, typedIn } from "./typed.ts";

/** `Re:` in the languages that are met most, also `Re[2]:`. */
const REPLY =
  /(?:re|fwd?|aw|wg|antw(?:ort)?|doorst|sv|vs|vb|vl|tr|rv|rif|i|r|res|enc|odp|pd|ynt|ilt|tlr|vá|továbbítás|bls|trs|fs|atb|απ|σχετ|προω|hts|תשובה|هام|رد|إعادة توجيه|回复|回覆|转发|轉寄|答复|答覆|返信|転送|답장|전달)(?:\s?(?:\[\d+\]|\(\d+\)|\^\d+|\d{1,2}))?\s?[:：]\s*/iu;
const PREFIXES = new RegExp(`^(?:${TAG.source}|${REPLY.source})*`, "iu");

/** Lines in which a notice says what it is. */
const BEGINNING = 4;

/** What is known of a mail when its command is looked for. */
export interface Written {
  /** The body, in the ways it is given, the best first. */
  readonly bodies: readonly (readonly Text[])[];
  readonly subject: string;
  /** Its headers name a mail that it answers. */
  readonly answers: boolean;
  /** Why a part of the body could not be read. */
  readonly unread?: string | undefined;
}

/** What a mail says to the bot; `refused` is why it is no command, in words for who wrote it. */
export interface Said {
  readonly text: string;
  readonly refused?: string;
  /** How what was typed begins, in a few lines. */
  readonly beginning?: string;
}

/** What the person typed: the first line that is theirs; the subject of a mail that is no answer and in which nothing is typed. */
export function commandOf({ bodies, subject, answers, unread }: Written): Said {
  const found = bodies.map(typedIn);
  // A way that shows a quote shows all: another may give the same quote without its marks.
  const best = found.find(({ lines, quotes }) => lines.length > 0 || quotes);
  if (best?.lines.length && !best.doubt)
    return { ...firstOf(best.lines), beginning: beginningOf(best.lines) };
  const named = tidy(clean(plainSubject(subject)).replace(/\n+/gu, " "));
  const why = best?.doubt ? DOUBT : whyNoSubject(found, unread, answers || isAnswer(subject));
  return { text: named, ...(why !== undefined && { refused: `I ran nothing, since ${why}` }) };
}

const DOUBT =
  "I cannot tell your words from the lines that you quote. Write the command on a line of its own above the quote, with an empty line below it.";

function whyNoSubject(found: readonly Typed[], unread: string | undefined, answers: boolean) {
  const not = found.some(({ secret }) => secret) ? "it is encrypted" : unread;
  if (not !== undefined)
    return `I could not read the text of your mail: ${not}. Write the command as plain text.`;
  if (answers || found.some(({ quotes }) => quotes))
    return "I found no words of yours in this answer, and its subject may be an old command. Write the command on a line of its own above the quote.";
  return undefined;
}

/** Whether a subject says that the mail answers, or passes on, another one. */
export function isAnswer(subject: string): boolean {
  return REPLY.test(prefixesOf(subject));
}

/** A subject without `Re:`, `Fwd:` and `[EXTERNAL]`, however often and in whatever language. */
export function plainSubject(subject: string): string {
  return unfold(subject).trim().slice(prefixesOf(subject).length).trim();
}

function prefixesOf(subject: string): string {
  return PREFIXES.exec(unfold(subject).trim())![0];
}

function beginningOf(lines: readonly Line[]): string {
  const texts = lines.map(({ text }) => text).filter((text) => text !== "");
  return texts.slice(0, BEGINNING).join(" ");
}

// A command goes on in the next line while a bracket or a quote is open, and where JSON begins.
function firstOf(lines: readonly Line[]): Said {
  const first = withoutTag(lines[0]!.text) || lines[0]!.text;
  const open = new Open();
  open.read(first);
  let text = first;
  let at = 1;
  for (; at < lines.length; at++) {
    const { text: next } = lines[at]!;
    const goesOn = open.state === "no" ? isJson(next) : next !== "" || open.state === "bracket";
    if (!goesOn) break;
    if (next === "") continue;
    open.read(` ${next}`);
    text += ` ${next}`;
  }
  if (open.state === "bracket" || open.state === "quote") return unclosed(first, lines);
  // One that seemed to open a quote, as in 'tis, did not.
  if (open.state === "apostrophe") [text, at] = [first, 1];
  if (at >= lines.length || !lines[at - 1]!.broken) return { text };
  return {
    text,
    refused: `I ran nothing, since your mail program may have broken a long line, and I cannot tell whether the command ends at '${tail(text)}'. Leave an empty line below the command; if it is longer, write it as the subject of a new mail with nothing else in it.`,
  };
}

function unclosed(first: string, lines: readonly Line[]): Said {
  if (lines.slice(1).every(({ text }) => text === "")) return { text: first };
  return {
    text: first,
    refused: `I ran nothing, since a bracket or a quote in '${tail(first)}' is never closed, and I cannot tell where the command ends.`,
  };
}

/** Whether a line begins with JSON. */
function isJson(line: string): boolean {
  return /^(?:\{|\[\s*(?:[[{"“\d\]-]|$))/u.test(line);
}

function tail(text: string): string {
  return text.length <= 60 ? text : `…${text.slice(-59).toWellFormed()}`;
}
