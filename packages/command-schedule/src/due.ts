import { formatTime } from "@micro-bot/kit";

/** A due time this near, in milliseconds, is told to the second. */
const NEAR_MS = 60_000;

/** When a job runs next, in words. */
export function dueWords(next: number, zone: string): string {
  return formatTime(next, zone, next - Date.now() < NEAR_MS);
}
