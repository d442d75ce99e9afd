import type { Format } from "@micro-bot/core";

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

const FENCE = /^ {0,3}```/u;
const HEADING = /^(#{1,6})\s+(.*)$/u;
const ITEM = /^\s*[-*+]\s+(.*)$/u;

// Blocks: fences, headings, lists, and paragraphs, whose lines stay lines. Everything else is text.
function markdown(text: string): string {
  const lines = text.split("\n");
  const blocks: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const heading = HEADING.exec(line);
    if (FENCE.test(line)) {
      const end = lines.findIndex((one, index) => index > at && FENCE.test(one));
      const stop = end < 0 ? lines.length : end;
      blocks.push(pre(lines.slice(at + 1, stop).join("\n")));
      at = stop + 1;
    } else if (heading) {
      blocks.push(`<h${heading[1]!.length}>${inline(heading[2]!)}</h${heading[1]!.length}>`);
      at++;
    } else if (ITEM.test(line)) {
      const items = takeWhile(lines, at, (one) => ITEM.test(one));
      blocks.push(`<ul>${items.map((one) => `<li>${inline(ITEM.exec(one)![1]!)}</li>`).join("")}</ul>`);
      at += items.length;
    } else if (line.trim() === "") at++;
    else {
      const isText = (one: string) =>
        one.trim() !== "" && !FENCE.test(one) && !HEADING.test(one) && !ITEM.test(one);
      const paragraph = takeWhile(lines, at, isText);
      blocks.push(`<p>${paragraph.map(inline).join("<br>")}</p>`);
      at += paragraph.length;
    }
  }
  return blocks.join("\n");
}

function takeWhile(lines: readonly string[], start: number, is: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, at) => at >= start && !is(line));
  return lines.slice(start, end < 0 ? undefined : end);
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
