import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksOf, toText } from "../src/markdown.ts";
import { tableAt } from "../src/table.ts";

const cell = fc.string({ unit: fc.constantFrom("a", "b", "é", "|", "<", "*", " ", "-", ":"), maxLength: 12 });
const rows = fc.integer({ min: 1, max: 5 }).chain((width) => {
  const row = fc.array(cell, { minLength: width, maxLength: width });
  return fc.record({ head: row, rows: fc.array(row, { maxLength: 5 }) });
});
const lineOf = (cells: readonly string[]) =>
  `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;

describe("a table of markdown", () => {
  it("is read as it was written, whatever its cells hold", () => {
    fc.assert(
      fc.property(rows, ({ head, rows }) => {
        const lines = [head, head.map(() => "---"), ...rows].map(lineOf);
        const trimmed = (row: readonly string[]) => row.map((text) => text.trim());
        expect(tableAt([...lines, ""], 0)).toEqual({
          table: { head: trimmed(head), rows: rows.map(trimmed), align: head.map(() => "left") },
          size: lines.length,
        });
      }),
    );
  });

  it("needs a rule below its head, of as many columns", () => {
    for (const lines of [["a | b"], ["a | b", "---"], ["a | b", "- | b"], ["a", "---"], ["a | b", "|-|-|-|"]])
      expect(tableAt(lines, 0)).toBeUndefined();
    expect(tableAt(["a | b", "-|-"], 0)).toMatchObject({ size: 2 });
  });

  it("fills short rows, cuts long ones, and ends where no bar is", () => {
    const { table, size } = tableAt(["|a|b|", "|:-:|-:|", "|1|", "|1|2|3|", "no more"], 0)!;
    expect(table).toEqual({
      head: ["a", "b"],
      rows: [
        ["1", ""],
        ["1", "2"],
      ],
      align: ["center", "right"],
    });
    expect(size).toBe(4);
  });

  it("in a fence is text, and one below a paragraph is a table", () => {
    expect(toText("```\n|a|\n|-|\n```")).toBe("```\n|a|\n|-|\n```");
    expect(blocksOf("words\n|a|\n|-|\n|1|".split("\n")).map(({ kind }) => kind)).toEqual([
      "paragraph",
      "table",
    ]);
  });
});

it("of any text, blocks are all lines in order, and only tables are written otherwise", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom("```", "# a", "- a", "", "|a|b|", "|-|-|", "a | b", "--|--"),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const blocks = blocksOf(lines);
      expect(blocks.flatMap((block) => block.lines)).toEqual(lines);
      const text = lines.join("\n");
      if (!blocks.some(({ kind }) => kind === "table")) expect(toText(text)).toBe(text);
    }),
  );
});
