import { Gathered } from "./gathered.ts";

/** Bytes before a message: whether it is compressed, and its length. */
const HEAD = 5;

/** One gRPC message: not compressed, its length, itself (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export function frame(body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** What cannot be read as gRPC messages. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** The messages in a stream of bytes, none longer than `max`. Throws `FrameError`. */
export async function* messages(bytes: AsyncIterable<Buffer>, max: number): AsyncGenerator<string> {
  const held = new Gathered();
  for await (const chunk of bytes) {
    held.push(chunk);
    for (let need = needOf(held.bytes, max); held.size >= need; need = needOf(held.bytes, max)) {
      const message = held.bytes.toString("utf8", HEAD, need);
      held.drop(need);
      yield message;
    }
  }
  if (held.size > 0) throw new FrameError("the answer was cut off");
}

/** How many bytes there must be for the next message to be whole. */
function needOf(bytes: Buffer, max: number): number {
  if (bytes.length < HEAD) return HEAD;
  if (bytes[0] !== 0) throw new FrameError("the answer is compressed, which was not asked for");
  const length = bytes.readUInt32BE(1);
  if (length > max) throw new FrameError(`the answer is longer than ${max} bytes`);
  return HEAD + length;
}
