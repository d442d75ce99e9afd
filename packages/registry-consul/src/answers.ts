import { setImmediate as othersTurn } from "node:timers/promises";
import { type JsonBounds, jsonExcess } from "@micro-bot/kit";
import type Consul from "consul";

/** Bytes of one answer of Consul: some 14,000 checks, or the tags of some thousands of services. */
export const MAX_BYTES: number = 8 * 1024 * 1024;

/** A check is some 15 values, a node of a service some 40. */
const BOUNDS = { depth: 32, values: 200_000 } as const;

/** One member or element of an answer: all services of one machine at most. */
const PART = { depth: 32, values: 50_000 } as const;

/** Members of an answer that is an object: the names of all services. */
const MAX_MEMBERS = 20_000;

/** Characters that are parsed before others get their turn. */
const SLICE = 64 * 1024;

/** An answer that is more than is read. */
export class TooMuch extends Error {
  override readonly name = "TooMuch";
  /** As words that follow "the answer". The library puts a word of its own before the message. */
  readonly why: string;

  constructor(why: string) {
    super(`the answer ${why}`);
    this.why = why;
  }
}

/** Gives bodies as bytes, so that they are measured before anything is made of them. */
export const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  "application/json": asBytes,
  "text/json": asBytes,
};

function asBytes(body: Buffer): Buffer {
  return body;
}

interface Request {
  readonly transport: { request(options: unknown): import("node:http").ClientRequest };
}

type Extend = (event: "onRequest", work: (request: Request, next: () => void) => void) => void;

/** Ends each request whose answer grows too long. The library itself would take any number of bytes. */
export function limited(consul: Consul): Consul {
  const extend = (consul as unknown as { _ext: Extend })._ext.bind(consul);
  extend("onRequest", (request, next) => {
    const { transport } = request;
    const counted = (options: unknown) => {
      const made = transport.request(options);
      made.once("response", (response) => {
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MAX_BYTES || made.destroyed) return;
          made.emit("error", new TooMuch(`is longer than ${MAX_BYTES} bytes`));
          made.destroy();
        });
      });
      return made;
    };
    Object.assign(request, { transport: { request: counted } });
    next();
  });
  return consul;
}

/** A body's JSON; undefined when it is none. It lets others have their turn again and again. Throws `TooMuch`. */
export async function jsonOf(body: unknown): Promise<unknown> {
  if (!Buffer.isBuffer(body)) return undefined;
  const text = body.toString().trim();
  await othersTurn();
  check(text, BOUNDS);
  await othersTurn();
  try {
    if (text.length <= SLICE) return JSON.parse(text) as unknown;
    return await parsed(text);
  } catch (error) {
    if ((error as Error).name === "TooMuch") throw error;
    return undefined;
  }
}

/** An array or object, part by part: what Consul knows of thousands of services takes a while to parse. */
async function parsed(text: string): Promise<unknown> {
  const [open, close] = [text[0]!, text.at(-1)!];
  if (open + close !== "[]" && open + close !== "{}") throw new SyntaxError("neither an array nor an object");
  const found: unknown[] = [];
  let size = 0;
  for (const part of partsOf(text)) {
    check(part, PART);
    if (part.trim() === "") throw new SyntaxError("nothing between two commas");
    const value = JSON.parse(open + part + close) as object;
    found.push(...(open === "[" ? (value as unknown[]) : Object.entries(value)));
    if (open === "{" && found.length > MAX_MEMBERS)
      throw new TooMuch(`names more than ${MAX_MEMBERS} services`);
    size += part.length;
    if (size < SLICE) continue;
    size = 0;
    await othersTurn();
  }
  return open === "[" ? found : Object.fromEntries(found as [string, unknown][]);
}

/** What is between the commas of the outermost array or object. */
function* partsOf(text: string): Generator<string> {
  const end = text.length - 1;
  let start = 1;
  let depth = 0;
  for (let at = start; at < end; at++) {
    const char = text[at]!;
    if (char === '"') at = endOfString(text, at);
    else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    else if (char === "," && depth === 0) {
      yield text.slice(start, at);
      start = at + 1;
    }
  }
  yield text.slice(start, end);
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function check(text: string, bounds: JsonBounds): void {
  const excess = jsonExcess(text, bounds);
  if (excess) throw new TooMuch(excess);
}
