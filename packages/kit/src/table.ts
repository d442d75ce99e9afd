/** Rows as lines of columns, two spaces apart, each as wide as its widest cell. Cells hold no newlines. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) =>
    Math.max(...rows.map((row) => widthOf(row[i] ?? ""))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, i) => cell + " ".repeat(widths[i]! - widthOf(cell))).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

/** Characters, not UTF-16 units: an emoji has two of those and is one. */
function widthOf(text: string): number {
  return [...text].length;
}
