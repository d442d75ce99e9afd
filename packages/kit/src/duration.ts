const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/u;

/** Milliseconds of `500ms`, `30s`, `5m`, `2h`, `1d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text.trim()) ?? [];
  return amount === undefined ? undefined : Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** A duration in its largest unit, with at most one decimal: `800ms`, `12s`, `1.5m`, `3h`, `2d`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  const unit = (["d", "h", "m", "s"] as const).find((name) => ms >= UNITS_MS[name])!;
  return `${Math.round((ms / UNITS_MS[unit]) * 10) / 10}${unit}`;
}

/** How long ago something was, in its largest whole unit: `45s`, `3m`, `2h`, `9d`; less than a second is `0s`. */
export function formatAge(ms: number): string {
  const unit = (["d", "h", "m"] as const).find((name) => ms >= UNITS_MS[name]) ?? "s";
  return `${Math.floor(Math.max(0, ms) / UNITS_MS[unit])}${unit}`;
}

/** `2026-01-31 17:30:05`, in UTC; the number itself when it is no time. */
export function formatUtc(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString().slice(0, 19).replace("T", " ");
}
