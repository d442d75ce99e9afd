import { columns, type Table, tableAt } from "./table.ts";

/** A block of markdown, as far as it is known here, with the lines that it was written in. */
export type Block =
  | { readonly kind: "blank" | "fence" | "heading" | "list" | "paragraph"; readonly lines: readonly string[] }
  | { readonly kind: "table"; readonly lines: readonly string[]; readonly table: Table };

/** The line that begins and ends code. */
export const FENCE: RegExp = /^ {0,3}```/u;
export const HEADING: RegExp = /^(#{1,6})\s+(.*)$/u;
export const ITEM: RegExp = /^\s*[-*+]\s+(.*)$/u;

/** A text as blocks: all of its lines, in order. */
export function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const block = blockAt(lines, at);
    blocks.push(block);
    at += block.lines.length;
  }
  return blocks;
}

/** A markdown text for who reads mail as text: as it stands, with its tables in columns. */
export function toText(text: string): string {
  const blocks = blocksOf(text.split("\n"));
  return blocks.map((one) => (one.kind === "table" ? columns(one.table) : one.lines.join("\n"))).join("\n");
}

function blockAt(lines: readonly string[], at: number): Block {
  const line = lines[at]!;
  const block = (kind: Exclude<Block["kind"], "table">, end: number): Block => ({
    kind,
    lines: lines.slice(at, end),
  });
  if (FENCE.test(line)) return block("fence", 1 + endOf(lines, at + 1, (one) => FENCE.test(one)));
  if (HEADING.test(line)) return block("heading", at + 1);
  if (ITEM.test(line))
    return block(
      "list",
      endOf(lines, at + 1, (one) => !ITEM.test(one)),
    );
  if (line.trim() === "") return block("blank", at + 1);
  const found = tableAt(lines, at);
  if (found) return { kind: "table", lines: lines.slice(at, at + found.size), table: found.table };
  return block(
    "paragraph",
    endOf(lines, at + 1, (one, index) => isOther(one) || tableAt(lines, index) !== undefined),
  );
}

function isOther(line: string): boolean {
  return line.trim() === "" || FENCE.test(line) || HEADING.test(line) || ITEM.test(line);
}

/** The first line from `start` on where it ends, or how many lines there are. */
function endOf(
  lines: readonly string[],
  start: number,
  ends: (line: string, index: number) => boolean,
): number {
  let at = start;
  while (at < lines.length && !ends(lines[at]!, at)) at++;
  return at;
}
