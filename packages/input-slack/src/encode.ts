import type { Format } from "@micro-bot/core";

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const FENCE = "```";
/** Code, links, and the marks that Slack writes otherwise. Fences and code spans first: nothing in them is markup. */
const MARKDOWN =
  /```[^\n`]*\n([\s\S]*?)```|`([^`\n]+)`|!?\[([^\]\n]*)\]\((https?:\/\/[^\s)<>|]+)\)|\*\*([^\n]+?)\*\*|__([^\n]+?)__|~~([^\n]+?)~~|(?<![*\w])\*([^*\s][^*\n]*?)\*(?![*\w])|^#{1,6}[ \t]+([^\n]+?)[ \t#]*$|^([ \t]*)[-*+][ \t]+/gmu;

/** Text that Slack shows as it is: no part of it is a mention, a link or an entity. */
export function escaped(text: string): string {
  return text.replace(/[&<>]/gu, (char) => ESCAPES[char]!);
}

/** Clean text as a message's text, in Slack's own mrkdwn. */
export function encode(text: string, format: Format): string {
  if (format === "code") return codeBlock(text);
  if (format === "markdown") return fromMarkdown(text);
  return escaped(text);
}

/** Text in a code block, whose end it cannot write by itself. */
export function codeBlock(text: string): string {
  // A zero width space between the marks: three in a row would end the block.
  const inside = escaped(text)
    .replace(/`(?=`)/gu, "`\u200b")
    .replace(/`$/u, "`\u200b");
  return `${FENCE}\n${inside}\n${FENCE}`;
}

/** Markdown as mrkdwn, as far as that goes: bold, italics, strikes, links, headings, lists, code. */
export function fromMarkdown(text: string): string {
  let out = "";
  let at = 0;
  for (const match of text.matchAll(MARKDOWN)) {
    out += escaped(text.slice(at, match.index)) + converted(match);
    at = match.index + match[0].length;
  }
  return out + escaped(text.slice(at));
}

function converted(match: RegExpExecArray): string {
  const [, fence, span, label, url, bold, bold2, strike, italic, heading, indent] = match;
  if (fence !== undefined) return codeBlock(fence.replace(/\n$/u, ""));
  if (span !== undefined) return `\`${escaped(span)}\``;
  if (url !== undefined) return `<${escaped(url)}|${escaped((label || url).replaceAll("|", "¦"))}>`;
  if (strike !== undefined) return `~${fromMarkdown(strike)}~`;
  if (italic !== undefined) return `_${escaped(italic)}_`;
  if (indent !== undefined) return `${indent}• `;
  return `*${escaped((bold ?? bold2 ?? heading)!.replaceAll("*", ""))}*`;
}
