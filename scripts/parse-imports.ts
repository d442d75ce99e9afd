import { parseAst } from "rolldown/parseAst";

/** One import of a module, in any of the language's ways. */
export interface Import {
  readonly specifier: string;
  /** Counts from 1. */
  readonly line: number;
  /** `type` is gone when the program runs, `dynamic` is loaded when it is reached, `static` before anything runs. */
  readonly way: "static" | "type" | "dynamic";
}

export interface Parsed {
  readonly imports: readonly Import[];
  /** All strings in the code: a package may be used by name only, as in `import.meta.resolve("x")`. */
  readonly strings: ReadonlySet<string>;
}

interface Syntax {
  readonly type?: string;
  readonly start?: number;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly source?: { readonly value?: unknown } | null;
  readonly value?: unknown;
}

type Way = (node: Syntax) => Import["way"];

const WAYS: Readonly<Record<string, Way>> = {
  ImportDeclaration: ({ importKind }) => (importKind === "type" ? "type" : "static"),
  ExportNamedDeclaration: ({ exportKind }) => (exportKind === "type" ? "type" : "static"),
  ExportAllDeclaration: ({ exportKind }) => (exportKind === "type" ? "type" : "static"),
  ImportExpression: () => "dynamic",
  TSImportType: () => "type",
};

/** Reads the imports of TypeScript source, in order. Throws for source that cannot be parsed. */
export function parseImports(source: string): Parsed {
  const imports: Import[] = [];
  const strings = new Set<string>();
  for (const node of walk(parseAst(source, { lang: "ts" }))) {
    if (node.type === "Literal" && typeof node.value === "string") strings.add(node.value);
    const way = WAYS[node.type ?? ""]?.(node);
    const specifier = node.source?.value;
    if (!way || typeof specifier !== "string") continue;
    imports.push({ specifier, way, line: source.slice(0, node.start).split("\n").length });
  }
  return { imports, strings };
}

function* walk(node: unknown): Iterable<Syntax> {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) yield node as Syntax;
  for (const child of Object.values(node)) yield* walk(child);
}
