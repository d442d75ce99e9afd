import { BotError, codeOf, messageOf } from "@micro-bot/core";

/** Rethrows a service's failure with what was being done in front, and who failed with which code behind. */
export function explained(doing: string, error: unknown): never {
  const { detail = {} } = error as { detail?: Record<string, unknown> };
  const words = typeof detail.detail === "string" && detail.detail !== "" ? detail.detail : messageOf(error);
  const who = [detail.id, detail.code, detail.status].filter(
    (part) => part !== undefined && part !== "" && part !== 0,
  );
  const source = who.length > 0 ? ` (${who.join(" ")})` : "";
  throw new BotError(codeOf(error), `${doing}: ${words}${source}`, { cause: error, detail });
}
