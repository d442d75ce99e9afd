import { setImmediate as othersTurn } from "node:timers/promises";
import { jsonExcess } from "@micro-bot/core";
import type Consul from "consul";

/** Bytes of one answer of Consul: some 20,000 checks, or the tags of some thousands of services. */
export const MAX_BYTES: number = 8 * 1024 * 1024;

/** A check is some 15 values, a node of a service some 40. */
const BOUNDS = { depth: 32, values: 300_000 } as const;

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

/** A body's JSON; undefined when it is none. Each step lets others have their turn. Throws `TooMuch`. */
export async function jsonOf(body: unknown): Promise<unknown> {
  if (!Buffer.isBuffer(body)) return undefined;
  const text = body.toString();
  await othersTurn();
  const excess = jsonExcess(text, BOUNDS);
  if (excess) throw new TooMuch(excess);
  await othersTurn();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
