import type { Line } from "./wire.ts";

/** Older than this it was said while the bot was away, and is told again by a bouncer. */
const STALE = 60_000;
const TYPES = new Set(["chathistory", "znc.in/playback"]);

/** Knows what was said before and is only told again: IRCv3 batch, chathistory and server-time. */
export class Playback {
  readonly #batches = new Set<string>();

  /** A batch begins (`+reference type`) or ends (`-reference`). One inside a playback is playback too. */
  batch({ params: [reference = "", type = ""], tags }: Line): void {
    const name = reference.slice(1);
    if (reference.startsWith("-")) this.#batches.delete(name);
    else if (TYPES.has(type) || this.#batches.has(tags.batch ?? "")) this.#batches.add(name);
  }

  /** `now` is by the server's clock. */
  has({ tags }: Line, now: number): boolean {
    if (tags.batch !== undefined && this.#batches.has(tags.batch)) return true;
    const time = timeOf(tags);
    return time !== undefined && now - time > STALE;
  }
}

/** The server-time tag, in milliseconds since 1970. */
export function timeOf({ time }: Line["tags"]): number | undefined {
  const ms = Date.parse(time ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}
