/// <reference path="./irc-framework.d.ts" />
import type { Transport } from "irc-framework";

/** A line's bytes without tags and CRLF, near which a server has cut it: RFC 2812 section 2.3. */
const NEARLY_FULL = 490;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const windows = new TextDecoder("windows-1252");

/**
 * A line's text: UTF-8, else, as clients wrote before it and some do still, Windows-1252, of which Latin-1 is a part. A
 * long line of UTF-8 that a server has cut inside a character is UTF-8 up to there.
 */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return (bytes.length >= NEARLY_FULL && cutShort(bytes)) || windows.decode(bytes);
  }
}

function cutShort(bytes: Uint8Array): string | undefined {
  try {
    // A stream waits for the rest of a character; of anything else that is wrong it complains.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** The library's sockets with lines read so: it decodes them by one encoding, whatever comes. */
export function decoding(Library: Transport): Transport {
  return class extends Library {
    #rest: Buffer = Buffer.alloc(0);

    override onSocketData(chunk: Buffer): void {
      let begin = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, begin)) {
        const line = Buffer.concat([this.#rest, chunk.subarray(begin, end)]);
        this.#rest = Buffer.alloc(0);
        begin = end + 1;
        this.emit("line", textOf(line.at(-1) === 0x0d ? line.subarray(0, -1) : line));
      }
      // Wire ends a connection on which a line has no end.
      this.#rest = Buffer.concat([this.#rest, chunk.subarray(begin)]);
    }
  };
}
