import { BotError, messageOf } from "@micro-bot/core";
import { type JsonBounds, jsonExcess } from "@micro-bot/kit";

/**
 * Objects and arrays inside of each other, in answers and requests. Protobuf's readers stop there, too; people do not read
 * that far, and code that calls itself for each level has room for it.
 */
export const MAX_DEPTH = 100;
/** Values in one answer or request: the worst of so many, each an object with a key of its own, is read in some 30 ms. */
export const MAX_VALUES = 20_000;

const QUOTE = 34;
const BACKSLASH = 92;
const OPENERS = new Set(["{", "["]);
const CLOSERS = new Set(["}", "]"]);
// Indentation grows with the square of the depth; hostile text must not make a page of spaces out of a line of brackets.
const DEEPEST_INDENT = 64;
/** Room for the note about what is not shown, in characters. */
const NOTE = 60;

/** The text as JSON, or `invalid` saying what it was meant to be and where it went wrong; `limited` out of its bounds. */
export function parseJson(text: string, what: string, bounds?: JsonBounds): unknown {
  const excess = bounds && jsonExcess(text, bounds);
  if (excess) throw new BotError("limited", `${what} ${excess}`, { detail: { code: 413 } });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BotError("invalid", `${what} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** The value as JSON text. A bigint is written as a number, so that 64-bit numbers keep all their digits. */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? rawNumber(part) : part));
  if (text === undefined) throw new BotError("invalid", `a ${typeof value} cannot be written as JSON`);
  return text;
}

/** The members of an object, as the text of their values. The text must be valid JSON and an object. */
export function members(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let at = afterSpace(text, text.indexOf("{") + 1);
  while (text[at] === '"') {
    const end = skip(text, at);
    const key = JSON.parse(text.slice(at, end)) as string;
    const start = afterSpace(text, text.indexOf(":", end) + 1);
    const stop = skip(text, start);
    found.set(key, text.slice(start, stop));
    at = afterSpace(text, stop);
    if (text[at] === ",") at = afterSpace(text, at + 1);
  }
  return found;
}

/** The elements of an array, as text. The text must be valid JSON and an array. */
export function elements(text: string): string[] {
  const found: string[] = [];
  let at = afterSpace(text, text.indexOf("[") + 1);
  while (at < text.length && text[at] !== "]") {
    const end = skip(text, at);
    found.push(text.slice(at, end));
    at = afterSpace(text, end);
    if (text[at] === ",") at = afterSpace(text, at + 1);
  }
  return found;
}

/**
 * JSON text laid out for people as Go's `json.Indent` does: order of keys and text of numbers are kept.
 * The text must be valid JSON. It ends at `limit` characters, with a note of how many are left out.
 */
export function indentJson(text: string, indent = "\t", limit: number = Number.POSITIVE_INFINITY): string {
  const out: string[] = [];
  let size = 0;
  let depth = 0;
  const put = (part: string) => {
    size += part.length;
    out.push(part);
  };
  const line = () => put(`\n${indent.repeat(Math.max(0, Math.min(depth, DEEPEST_INDENT)))}`);
  let at = afterSpace(text, 0);
  while (at < text.length && size <= limit) {
    const char = text[at]!;
    const next = afterSpace(text, at + 1);
    if (OPENERS.has(char) && CLOSERS.has(text[next] ?? "")) {
      put(char + text[next]!);
      at = afterSpace(text, next + 1);
      continue;
    }
    if (OPENERS.has(char)) {
      put(char);
      depth++;
      line();
      at = next;
    } else if (CLOSERS.has(char)) {
      depth--;
      line();
      put(char);
      at = next;
    } else if (char === ",") {
      put(char);
      line();
      at = next;
    } else if (char === ":") {
      put(": ");
      at = next;
    } else {
      // No further than is shown: a single string may be as long as the whole answer.
      const end = Math.min(skip(text, at, at + limit), text.length);
      put(text.slice(at, end));
      at = afterSpace(text, end);
    }
  }
  const laid = out.join("");
  return size <= limit ? laid : shortened(laid, limit, text.length - at);
}

/** At most `limit` characters of a text, of which `more` characters are not there at all, and never half of one. */
export function shortened(text: string, limit: number, more = 0): string {
  const room = Math.max(0, limit - NOTE);
  const kept = text.slice(0, room).replace(/[\ud800-\udbff]$/, "");
  return `${kept}\n… ${text.length - kept.length + more} more characters not shown`;
}

/**
 * Where the value that begins at `start` ends; a string or a word is not followed much beyond `stop`. A loop and not a
 * recursion: depth is the other side's to choose.
 */
function skip(text: string, start: number, stop: number = text.length): number {
  const first = text[start];
  if (first === '"') return skipString(text, start, stop);
  if (!OPENERS.has(first ?? "")) return skipWord(text, start, stop);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') at = skipString(text, at) - 1;
    else if (OPENERS.has(char)) depth++;
    else if (CLOSERS.has(char) && --depth === 0) return at + 1;
  }
  return text.length;
}

function skipString(text: string, start: number, stop: number = text.length): number {
  let at = start + 1;
  for (; at < text.length && at <= stop; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return Math.min(at, text.length);
}

function skipWord(text: string, start: number, stop: number): number {
  let at = start;
  while (at < text.length && at <= stop && !",]}: \t\r\n".includes(text[at]!)) at++;
  return Math.max(at, start + 1);
}

function afterSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return at;
}

// In V8 since Node 21, not yet in the type library.
function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
}
