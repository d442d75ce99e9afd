import { decode } from "./decode.ts";
import { fromBlocks } from "./rich.ts";

/**
 * Slack's marks of formatting, where a word stands before or behind them they are none: `<…>`, a code block, code, bold,
 * italics, struck out. https://docs.slack.dev/messaging/formatting-message-text#basic-formatting
 */
const MARKS =
  /<[^<>]*>|```\n?([\s\S]*?)```|(?<![\w`])`([^`\n]+)`(?![\w`])|(?<![^\s*_~])(?:\*(?=\S)([^*\n]*[^*\s])\*|_(?=\S)([^_\n]*[^_\s])_|~(?=\S)([^~\n]*[^~\s])~)(?![^\s.,:;!?*_~])/gu;
/** More of them inside each other are text. */
const DEEPEST = 4;
const QUOTE = /^(?:&gt;[^\n]*(?:\n|$))+\s*/u;
const NOBODY = { person: () => undefined, channel: () => undefined };

/**
 * A message's text without formatting; entities and `<…>` stay. The blocks tell marks from what was typed, so they are
 * read where they say the same as the text: what is in the text alone must not be lost.
 */
export function unformatted(text: string, blocks: unknown): string {
  const plain = unmarked(text);
  const rich = fromBlocks(blocks);
  return rich !== undefined && words(rich) === words(plain) ? rich : plain;
}

/** A text without marks of formatting, as far as they can be told from what was typed. */
export function unmarked(text: string, depth = 0): string {
  if (depth >= DEEPEST) return text;
  return text.replace(
    MARKS,
    (whole: string, block?: string, code?: string, bold?: string, italic?: string, struck?: string) => {
      const inner = bold ?? italic ?? struck;
      return inner === undefined ? (block ?? code ?? whole) : unmarked(inner, depth + 1);
    },
  );
}

/** A text without the lines at its start that quote somebody; as it is when it holds nothing else. */
export function withoutQuote(text: string): string {
  return text.replace(QUOTE, "") || text;
}

function words(text: string): string {
  return decode(text, NOBODY).replace(/[^\p{L}\p{N}]/gu, "");
}
