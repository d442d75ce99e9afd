import type { IncomingMessage } from "node:http";
import { BotError } from "@micro-bot/core";
import { Gathered } from "./gathered.ts";

/** A request's whole body as text. Throws `limited` past `max` bytes; rejects when the other side goes away. */
export function bodyOf(request: IncomingMessage, max: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const body = new Gathered();
    request.on("data", (chunk: Buffer) => {
      if (body.size + chunk.length <= max) return body.push(chunk);
      request.pause();
      reject(new BotError("limited", `the request is longer than ${max} bytes`, { detail: { code: 413 } }));
    });
    request.once("end", () => resolve(body.bytes.toString()));
    request.once("error", reject);
  });
}
