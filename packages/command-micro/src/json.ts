import { BotError, messageOf } from "@micro-bot/core";
import { jsonExcess } from "@micro-bot/kit";
import { parse } from "lossless-json";

/** What is read by code that calls itself for each level, here and in Go. */
const BOUNDS = { depth: 100, values: 20_000 } as const;

/**
 * The JSON that somebody typed, numbers as typed. A phone's curly quotes and non-breaking spaces are understood where
 * plain reading fails; nothing is `{}`. Throws `invalid` with a mark under the character where it breaks.
 */
export function typedJson(text: string): string {
  const typed = text.trim() || "{}";
  const excess = jsonExcess(typed, BOUNDS);
  if (excess) throw new BotError("invalid", `this JSON ${excess}`);
  try {
    parse(typed);
    return typed;
  } catch (first) {
    try {
      const straightened = straight(typed);
      parse(straightened);
      return straightened;
    } catch {
      throw broken(typed, first);
    }
  }
}

/** The JSON object that somebody typed. Throws `invalid` when it is none. */
export function typedObject<T>(text: string): T {
  const value: unknown = JSON.parse(typedJson(text));
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new BotError(
      "invalid",
      `'${text.trim().slice(0, 40)}' is not a JSON object: it begins with { and ends with }`,
    );
  return value as T;
}

function straight(text: string): string {
  return text.replace(/[“”„‟«»]/gu, '"').replace(/[\u00a0\u202f\u2007]/gu, " ");
}

// lossless-json says in every message where it stopped; JSON.parse says so only sometimes.
function broken(text: string, error: unknown): BotError {
  const [, position] = / position (\d+)/.exec(messageOf(error)) ?? [];
  const at = Math.min(Number(position ?? text.length), text.length);
  const from = Math.max(0, at - 30);
  const shown = text.slice(from, at + 20).replace(/\s/gu, " ");
  const found =
    at < text.length
      ? `'${String.fromCodePoint(text.codePointAt(at)!)}' is not expected there`
      : "it ends too early";
  const mark = `${" ".repeat(at - from)}^`;
  return new BotError("invalid", `this is no JSON, at character ${at + 1}: ${found}\n${shown}\n${mark}`, {
    cause: error,
  });
}
