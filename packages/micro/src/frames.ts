/** One gRPC message: not compressed, its length, itself (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export function frame(body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** What cannot be read as gRPC messages. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** The messages in a stream of bytes, none longer than `max`. Throws `FrameError`. */
export async function* messages(bytes: AsyncIterable<Buffer>, max: number): AsyncGenerator<string> {
  let chunks: Buffer[] = [];
  let size = 0;
  let need = 5;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    size += chunk.length;
    if (size < need) continue;
    let rest = Buffer.concat(chunks);
    need = needOf(rest, max);
    while (rest.length >= need) {
      yield rest.toString("utf8", 5, need);
      rest = rest.subarray(need);
      need = needOf(rest, max);
    }
    chunks = [rest];
    size = rest.length;
  }
  if (size > 0) throw new FrameError("the answer was cut off");
}

/** How many bytes there must be for the next message to be whole. */
function needOf(bytes: Buffer, max: number): number {
  if (bytes.length < 5) return 5;
  if (bytes[0] !== 0) throw new FrameError("the answer is compressed, which was not asked for");
  const length = bytes.readUInt32BE(1);
  if (length > max) throw new FrameError(`the answer is too long: ${length} bytes, at most ${max} are taken`);
  return 5 + length;
}
