import { BotError, messageOf } from "@micro-bot/core";

const QUOTE = 34;
const BACKSLASH = 92;
const OPENERS = new Set(["{", "["]);
const CLOSERS = new Set(["}", "]"]);
// Indentation grows with the square of the depth; hostile text must not make a page of spaces out of a line of brackets.
const DEEPEST_INDENT = 64;

/** The text as JSON, or `invalid` saying what it was meant to be and where it went wrong. */
export function parseJson(text: string, what: string): unknown {
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
 * The text must be valid JSON.
 */
export function indentJson(text: string, indent = "\t"): string {
  const out: string[] = [];
  let depth = 0;
  const line = () => out.push("\n", indent.repeat(Math.max(0, Math.min(depth, DEEPEST_INDENT))));
  let at = afterSpace(text, 0);
  while (at < text.length) {
    const char = text[at]!;
    const next = afterSpace(text, at + 1);
    if (OPENERS.has(char) && CLOSERS.has(text[next] ?? "")) {
      out.push(char, text[next]!);
      at = afterSpace(text, next + 1);
      continue;
    }
    if (OPENERS.has(char)) {
      out.push(char);
      depth++;
      line();
      at = next;
    } else if (CLOSERS.has(char)) {
      depth--;
      line();
      out.push(char);
      at = next;
    } else if (char === ",") {
      out.push(char);
      line();
      at = next;
    } else if (char === ":") {
      out.push(": ");
      at = next;
    } else {
      const end = skip(text, at);
      out.push(text.slice(at, end));
      at = afterSpace(text, end);
    }
  }
  return out.join("");
}

/** Where the value that begins at `start` ends. A loop and not a recursion: depth is the other side's to choose. */
function skip(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return skipString(text, start);
  if (!OPENERS.has(first ?? "")) return skipWord(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') at = skipString(text, at) - 1;
    else if (OPENERS.has(char)) depth++;
    else if (CLOSERS.has(char) && --depth === 0) return at + 1;
  }
  return text.length;
}

function skipString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}

function skipWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && !",]}: \t\r\n".includes(text[at]!)) at++;
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
