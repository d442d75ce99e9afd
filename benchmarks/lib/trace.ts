// Runs the packages from their sources, with a note at the start of each function: whoever loads this first sees the
// way that a message takes. `node --import ./benchmarks/lib/trace.ts`.
import { existsSync, readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseAst } from "rolldown/parseAst";

/** One function entered, and the file it stands in. */
export interface Step {
  /** `engine/turn`. */
  readonly file: string;
  /** `LiveTurn.act`; `λ` for one without a name. */
  readonly name: string;
}

const PACKAGES = join(import.meta.dirname, "../../packages");
// Node warns once that reading TypeScript is experimental; the figures are for reading.
process.removeAllListeners("warning");
const SOURCE = /\/packages\/([^/]+)\/src\/([^/]+(?:\/[^/]+)*)\.ts$/;
const steps: Step[] = [];
let isOn = false;

/** Notes what is entered while `work` runs. */
export async function traced(work: () => Promise<void>): Promise<readonly Step[]> {
  steps.length = 0;
  isOn = true;
  await work();
  isOn = false;
  return [...steps];
}

(globalThis as unknown as { entered: (file: string, name: string) => void }).entered = (file, name) => {
  if (isOn) steps.push({ file, name });
};

registerHooks({
  resolve(specifier, context, next) {
    const [, folder, entry = "index"] = /^@micro-bot\/([^/]+)(?:\/([^/]+))?$/.exec(specifier) ?? [];
    const file = folder && join(PACKAGES, folder, "src", `${entry}.ts`);
    if (!file || !existsSync(file)) return next(specifier, context);
    return { url: pathToFileURL(file).href, format: "module", shortCircuit: true };
  },
  load(url, context, next) {
    const [, folder, file] = SOURCE.exec(url) ?? [];
    if (!folder || !file) return next(url, context);
    const code = stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8"));
    return { format: "module", source: noted(code, `${folder}/${file}`), shortCircuit: true };
  },
});

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** The code with a note at the start of each function. */
function noted(code: string, file: string): string {
  const inserts: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: Node, name: string, owner: string): void => {
    const body = node.body as Node | undefined;
    const isFunction = /^(?:Arrow)?Function(?:Expression|Declaration)?(?:Expression)?$/.test(node.type);
    if (isFunction && body) {
      const note = `entered(${JSON.stringify(file)},${JSON.stringify(owner + name)})`;
      if (body.type !== "BlockStatement") {
        inserts.push({ at: body.start, text: `(${note},` }, { at: body.end, text: ")" });
      } else inserts.push({ at: afterSuper(body, code), text: `;${note};` });
    }
    for (const [field, value] of Object.entries(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!isNode(child)) continue;
        const inside = isClass(node) ? `${nameOf(node) ?? "class"}.` : isFunction ? "" : owner;
        visit(
          child,
          nameOf(child) ?? (field === "value" || field === "init" ? (nameOf(node) ?? "λ") : "λ"),
          inside,
        );
      }
    }
  };
  visit(parseAst(code) as unknown as Node, basename(file), "");
  // From the end: what was inserted does not move what follows. At one place the inner one comes first.
  return inserts
    .map((insert, order) => ({ ...insert, order }))
    .sort((a, b) => b.at - a.at || (a.text === ")" ? a.order - b.order : b.order - a.order))
    .reduce((text, { at, text: added }) => text.slice(0, at) + added + text.slice(at), code);
}

/** Where the body of a function begins: in a derived class, `this` is there only after super. */
function afterSuper(body: Node, code: string): number {
  const [first] = body.body as Node[];
  const isSuper = first && /^super\s*\(/.test(code.slice(first.start, first.end));
  return isSuper ? first.end : body.start + 1;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function isClass({ type }: Node): boolean {
  return type === "ClassDeclaration" || type === "ClassExpression";
}

function nameOf({ id, key }: Node): string | undefined {
  const node = (key ?? id) as { readonly name?: string; readonly value?: string } | null | undefined;
  return node?.name ?? (typeof node?.value === "string" ? node.value : undefined);
}
