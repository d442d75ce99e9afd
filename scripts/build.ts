// Writes each package's JavaScript: one file an entry of its exports, as tsc -b writes its types.
// Node spends its start on opening modules: `micro ping` loads two dozen files this way instead of two hundred. So each
// entry is built by itself and shares no file with another; an entry must have no state that both would need.
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "rolldown";

interface Manifest {
  readonly exports?: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

for (const file of globSync("{packages,apps}/*/package.json")) {
  const dir = dirname(file);
  const entries = entriesOf(JSON.parse(readFileSync(file, "utf8")));
  const input = Object.fromEntries(entries.map((name) => [name, join(dir, "src", `${name}.ts`)]));
  const missing = Object.values(input).find((source) => !existsSync(source));
  if (missing) throw new Error(`${file}: exports name ${missing}, which does not exist`);
  const written = new Set<string>();
  for (const [name, source] of Object.entries(input))
    for (const path of await write(name, source, join(dir, "dist"))) written.add(path);
  for (const path of globSync(join(dir, "dist/**/*.{js,js.map}"))) if (!written.has(path)) rmSync(path);
}

/** Writes one entry and what it loads. Resolves with the files. */
async function write(name: string, source: string, dir: string): Promise<readonly string[]> {
  const { output } = await build({
    input: { [name]: source },
    platform: "node",
    // Only a package's own files become one: every other package stays a dependency.
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    output: {
      dir,
      format: "esm",
      sourcemap: true,
      entryFileNames: "[name].js",
      // What is loaded only when it is needed. Two entries may have parts of one name.
      chunkFileNames: name === "index" ? "[name].chunk.js" : `${name}-[name].chunk.js`,
    },
    logLevel: "warn",
    write: false,
  });
  return output.map((part) => {
    const path = join(dir, part.fileName);
    put(path, part.type === "chunk" ? part.code : part.source);
    return path;
  });
}

/** Changes a file at once, and only when it is another: a bot that starts meanwhile finds all of them, the old or the new. */
function put(path: string, content: string | Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) return;
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}`;
  writeFileSync(next, content);
  renameSync(next, path);
}

function entriesOf({ exports = {}, bin = {} }: Manifest): string[] {
  const targets = [
    ...Object.values(exports).map((to) => (typeof to === "string" ? to : to.default)),
    ...Object.values(bin),
  ];
  return [
    ...new Set(targets.filter((to) => to.endsWith(".js")).map((to) => to.replace(/^\.\/dist\/|\.js$/g, ""))),
  ];
}
