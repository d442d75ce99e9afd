const UNITS = [
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
] as const;

/** Nanoseconds as Go's `time.Duration` prints them: `1h2m3s`, `90.565µs`, `0s`. */
export function goDuration(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${goDuration(-nanoseconds)}`;
  if (nanoseconds === 0n) return "0s";
  if (nanoseconds < 1000n) return `${nanoseconds}ns`;
  if (nanoseconds < 1_000_000n) return `${decimal(nanoseconds, 3)}µs`;
  if (nanoseconds < 1_000_000_000n) return `${decimal(nanoseconds, 6)}ms`;
  let rest = nanoseconds;
  let text = "";
  for (const [name, size] of UNITS) {
    if (rest >= size || text !== "") text += `${rest / size}${name}`;
    rest %= size;
  }
  return `${text}${decimal(rest, 9)}s`;
}

/** A point in time as Go's layout `Jan 2 15:04:05` prints it, in the local zone. */
export function goStamp(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  const [, month, day, , time] = date.toString().split(" ");
  return `${month} ${Number(day)} ${time}`;
}

/** Bytes as the Go CLI prints memory: `1.00mb`. */
export function goMegabytes(bytes: bigint): string {
  return `${(Number(bytes) / 2 ** 20).toFixed(2)}mb`;
}

function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, "0");
  const fraction = text.slice(-digits).replace(/0+$/, "");
  return text.slice(0, -digits) + (fraction && `.${fraction}`);
}
