import type { IncomingMessage } from "node:http";
import { BotError } from "@micro-bot/core";

/** A request's whole body as text. Throws `limited` past `max` bytes; rejects when the other side goes away. */
export function bodyOf(request: IncomingMessage, max: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= max) return void chunks.push(chunk);
      chunks.length = 0;
      request.pause();
      reject(new BotError("limited", `the request is longer than ${max} bytes`, { detail: { code: 413 } }));
    });
    request.once("end", () => resolve(Buffer.concat(chunks).toString()));
    request.once("error", reject);
  });
}
