// C0 but for tab and newline, DEL, C1: what could drive a terminal or break out of a protocol's line.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/** Text without control characters; newlines are made `\n`. */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/gu, "\n")
    .replace(CONTROL, "");
}

/** At most `limit` UTF-16 units, never half a character, with a note of what is missing. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = text.charCodeAt(limit - 1);
  const end = half >= 0xd800 && half <= 0xdbff ? limit - 1 : limit;
  return `${text.slice(0, end)}\n… ${text.length - end} more characters not shown`;
}

/** A span of time in words: `800ms`, `12s`, `5m`, `3h`, `2d`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  const units = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "m"],
    [1000, "s"],
  ] as const;
  const [size, name] = units.find(([size]) => ms >= size)!;
  return `${Math.round((ms / size) * 10) / 10}${name}`;
}
