import { BotError, codeOf, messageOf } from "@micro-bot/core";

/** Rethrows a service's failure with what was being done in front, and who failed with which code behind. */
export function explained(doing: string, error: unknown): never {
  const { detail = {} } = error as { detail?: Record<string, unknown> };
  const words = typeof detail.detail === "string" && detail.detail !== "" ? detail.detail : messageOf(error);
  const source = isRecord(detail)
    ? ` (${[detail.id, detail.code, detail.status].filter(Boolean).join(" ")})`
    : "";
  throw new BotError(codeOf(error), `${doing}: ${words}${source}`, { cause: error, detail });
}

/** Whether the other side sent go-micro's error record, and not plain words. */
function isRecord({ text }: Record<string, unknown>): boolean {
  return typeof text === "string" && text.startsWith("{");
}
