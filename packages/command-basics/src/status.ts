import { type Command, newCommand, type Reply, type Status } from "@micro-bot/core";

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** How every part of the bot is doing. `now` is the clock, in milliseconds since 1970. */
export function status(now: () => number = Date.now): Command {
  return newCommand(
    "status",
    "status",
    "Returns how every part of the bot is doing",
    (_args, ctx): Reply => ({ data: table(ctx.status(), now()), format: "code" }),
    { reads: true, rerun: "safe" },
  );
}

function table(parts: readonly Status[], now: number): string {
  if (parts.length === 0) return "nothing reports a status";
  return align(parts.map(({ name, state, since, note }) => [name, state, age(since, now), note ?? ""]));
}

function age(since: number | undefined, now: number): string {
  return since === undefined ? "" : duration(now - since);
}

/** Milliseconds in the largest unit that fits: `45s`, `3m`, `2h`, `9d`. Less than a second, or less than nothing, is `0s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? (["s", 1] as const);
  return `${Math.floor(seconds / size)}${unit}`;
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ");
  return rows.map((row) => pad(row).trimEnd()).join("\n");
}
