/** A table of GitHub Flavored Markdown: https://github.github.com/gfm/#tables-extension- */
export interface Table {
  readonly head: readonly string[];
  /** Each as long as `head`. */
  readonly rows: readonly (readonly string[])[];
  readonly align: readonly Align[];
}

export type Align = "left" | "right" | "center";

const RULE = /^:?-+:?$/u;
/** A column that is wider is not padded to its width: one long cell must not push all others off the page. */
const WIDEST = 60;

/** The table whose head stands at a line, and how many lines it takes. A line without `|` ends it. */
export function tableAt(lines: readonly string[], at: number): { table: Table; size: number } | undefined {
  if (!lines[at]!.includes("|") || !lines[at + 1]?.includes("-")) return undefined;
  const rules = cellsOf(lines[at + 1]!);
  if (!rules.every((cell) => RULE.test(cell))) return undefined;
  const head = cellsOf(lines[at]!);
  if (head.length !== rules.length) return undefined;
  const rows: string[][] = [];
  for (let line = lines[at + 2]; line?.includes("|"); line = lines[at + 2 + rows.length]) {
    const cells = cellsOf(line);
    rows.push(head.map((_, column) => cells[column] ?? ""));
  }
  return { table: { head, rows, align: rules.map(alignOf) }, size: 2 + rows.length };
}

/** A table in columns, for who reads mail as text. */
export function columns({ head, rows, align }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) =>
    all.reduce((width, row) => Math.max(width, Math.min(lengthOf(row[column]!), WIDEST)), 1),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => padded(cell, widths[column]!, align[column]!))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** What stands between the bars of a line; `\|` is a bar that parts nothing. */
function cellsOf(line: string): string[] {
  const inside = line
    .trim()
    .replace(/^\|/u, "")
    .replace(/(?<!\\)\|$/u, "");
  return inside.split(/(?<!\\)\|/u).map((cell) => cell.replaceAll("\\|", "|").trim());
}

function alignOf(rule: string): Align {
  if (!rule.endsWith(":")) return "left";
  return rule.startsWith(":") ? "center" : "right";
}

function padded(cell: string, width: number, align: Align): string {
  const free = Math.max(0, width - lengthOf(cell));
  const before = { left: 0, right: free, center: Math.floor(free / 2) }[align];
  return `${" ".repeat(before)}${cell}${" ".repeat(free - before)}`;
}

function lengthOf(text: string): number {
  return [...text].length;
}
