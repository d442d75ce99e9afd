import { setImmediate as othersTurn } from "node:timers/promises";
import type { Content } from "@micro-bot/core";
import { micro } from "./services.ts";

/** Characters of an answer that took a while to read: others get their turn before it is laid out. */
const LONG = 64 * 1024;

/** A service's answer as people read it: set out with tabs, numbers and order kept, no longer than a reply. */
export async function laidOut(raw: string, maxReply: number): Promise<Content> {
  const { indentJson } = await micro();
  if (raw.length > LONG) await othersTurn();
  return { data: indentJson(raw, "\t", maxReply), format: "code" };
}
