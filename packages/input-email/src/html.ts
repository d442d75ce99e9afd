import type { Format } from "@micro-bot/core";
import { type Block, blocksOf, FENCE, HEADING, ITEM } from "./markdown.ts";
import type { Table } from "./table.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (char) => ESCAPES[char]!);
}

/** A text as HTML. Whatever is in it is escaped before anything else is done, so that it can be nothing but text. */
export function toHtml(text: string, format: Format = "plain"): string {
  if (format === "code") return pre(text);
  if (format === "markdown") return markdown(text);
  return `<div style="white-space: pre-wrap">${escapeHtml(text)}</div>`;
}

function pre(text: string): string {
  return `<pre style="font-family: monospace">${escapeHtml(text)}</pre>`;
}

// Blocks: fences, headings, lists, tables, and paragraphs, whose lines stay lines. Everything else is text.
function markdown(text: string): string {
  const blocks = blocksOf(text.split("\n")).filter(({ kind }) => kind !== "blank");
  return blocks.map(block).join("\n");
}

function block(one: Block): string {
  const { lines } = one;
  switch (one.kind) {
    case "fence":
      return pre(inFence(lines));
    case "heading": {
      const [, marks, title] = HEADING.exec(lines[0]!)!;
      return `<h${marks!.length}>${inline(title!)}</h${marks!.length}>`;
    }
    case "list":
      return `<ul>${lines.map((line) => `<li>${inline(ITEM.exec(line)![1]!)}</li>`).join("")}</ul>`;
    case "table":
      return table(one.table);
    default:
      return `<p>${lines.map(inline).join("<br>")}</p>`;
  }
}

// The fence that ends it may be missing.
function inFence(lines: readonly string[]): string {
  const ended = lines.length > 1 && FENCE.test(lines.at(-1)!);
  return lines.slice(1, ended ? -1 : undefined).join("\n");
}

// Mail programs take styles from attributes only.
function table({ head, rows, align }: Table): string {
  const row = (tag: "th" | "td", cells: readonly string[]) =>
    `<tr>${cells.map((cell, at) => `<${tag} style="border: 1px solid #cbd5e1; padding: 4px 8px; text-align: ${align[at]!}">${inline(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((cells) => row("td", cells)).join("");
  return `<table style="border-collapse: collapse"><thead>${row("th", head)}</thead><tbody>${body}</tbody></table>`;
}

// Code is set apart first: no other mark holds in it.
const INLINE =
  /`([^`]+)`|\[([^\][]{1,500})\]\(((?:https?:\/\/|mailto:)[^\s()<>"']{1,2000})\)|\*\*([^*]+)\*\*|(?<![\w*])[*_]([^*_\s](?:[^*_]*[^*_\s])?)[*_](?![\w*])/gu;

function inline(text: string): string {
  let html = "";
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, label, link, bold, italic] = match;
    html += escapeHtml(text.slice(end, match.index));
    if (code !== undefined) html += `<code>${escapeHtml(code)}</code>`;
    else if (link !== undefined) html += `<a href="${escapeHtml(link)}">${escapeHtml(label!)}</a>`;
    else if (bold !== undefined) html += `<strong>${escapeHtml(bold)}</strong>`;
    else html += `<em>${escapeHtml(italic!)}</em>`;
    end = match.index + whole.length;
  }
  return html + escapeHtml(text.slice(end));
}
