import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/**
 * Programs of one module of this folder, which is one version of go-micro, built; quick when nothing changed, as Go keeps
 * what it built. Where there is no Go it prints why and returns undefined, and tests skip; with `CI=true` it throws.
 */
export async function buildGo<Name extends string>(
  module: string,
  ...names: Name[]
): Promise<Record<Name, string> | undefined> {
  const out = path(`../../node_modules/.cache/interop/${module}`);
  try {
    mkdirSync(out, { recursive: true });
    const args = [
      "build",
      "-mod=readonly",
      "-buildvcs=false",
      "-o",
      `${out}/`,
      ...names.map((name) => `./${name}`),
    ];
    // Without cgo no C compiler is needed.
    const env = { ...process.env, CGO_ENABLED: "0" };
    await run("go", args, { env, cwd: path(`go/${module}`) });
    return Object.fromEntries(names.map((name) => [name, join(out, name)])) as Record<Name, string>;
  } catch (error) {
    if (process.env.CI === "true") throw error;
    const words = String((error as { stderr?: string }).stderr ?? "").trim() || (error as Error).message;
    console.warn(`tests with go-micro are skipped: ${words}`);
    return undefined;
  }
}
