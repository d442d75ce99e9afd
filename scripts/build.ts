// Writes each package's JavaScript: one file an entry of its exports, as tsc -b writes its types.
// Node spends its start on opening modules: `micro ping` loads two dozen files this way instead of two hundred. So each
// entry is built by itself and shares no file with another; an entry must have no state that both would need.
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "rolldown";

interface Manifest {
  readonly exports?: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

for (const file of globSync("{packages,apps}/*/package.json")) {
  const dir = dirname(file);
  const entries = entriesOf(JSON.parse(readFileSync(file, "utf8")));
  for (const stale of globSync(join(dir, "dist/**/*.{js,js.map}"))) rmSync(stale);
  const input = Object.fromEntries(entries.map((name) => [name, join(dir, "src", `${name}.ts`)]));
  const missing = Object.values(input).find((source) => !existsSync(source));
  if (missing) throw new Error(`${file}: exports name ${missing}, which does not exist`);
  for (const [name, source] of Object.entries(input)) await write(name, source, join(dir, "dist"));
}

async function write(name: string, source: string, dir: string): Promise<void> {
  await build({
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
  });
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
