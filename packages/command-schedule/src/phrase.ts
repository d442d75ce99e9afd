import { BotError, type When } from "@micro-bot/core";

/** When, and the words that are left: the command. */
export interface Phrase {
  /** The words that were read as a time. */
  readonly said: string;
  readonly when: When;
  readonly text: string;
  /** Whether a comma stands between the two: what follows it is a command, whatever it looks like. */
  readonly comma: boolean;
}

/** A phrase of what was typed, whose first `end` characters are the time. Throws `invalid` if they end inside of a word. */
export function phraseOf(typed: string, end: number, when: When): Phrase {
  const [said, rest] = [typed.slice(0, end).trimEnd(), typed.slice(end)];
  if (!/^(?:[\s,]|$)/u.test(rest) && !/[\s,]$/u.test(typed.slice(0, end)))
    throw new BotError(
      "invalid",
      `I read '${said}' as the time, but not '${firstWord(rest)}' right behind it: ${HOW_TO}`,
    );
  const [gap] = /^\s*,?\s*/u.exec(rest)!;
  return { said, when, text: rest.slice(gap.length).trimEnd(), comma: gap.includes(",") };
}

/** How a time is written, for whoever wrote one that cannot be read. */
export const HOW_TO =
  "write the time, a comma and the command, as in 'in 10 minutes, ping', 'at 17:30, ping', 'tomorrow at 9am, ping' or 'every weekday at 9:00, ping'";

/** The error for a text whose beginning is no time. */
export function unread(typed: string): BotError {
  const words = typed.split(/\s+/u);
  const begin = words.slice(0, 4).join(" ");
  return new BotError(
    "invalid",
    `I cannot read a time at the beginning of '${begin}${words.length > 4 ? "…" : ""}': ${HOW_TO}`,
  );
}

/** The first word of a text, at most 30 UTF-16 units of it. */
export function firstWord(text: string): string {
  return (/^[^\s,]*/u.exec(text.trimStart())?.[0] ?? "").slice(0, 30);
}
