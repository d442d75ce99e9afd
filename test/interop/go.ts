import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const out = path("../../node_modules/.cache/interop");

/**
 * The go-micro programs of this folder, built; quick when nothing changed, as Go keeps what it built. Where there is no
 * Go it prints why and returns undefined, and tests skip; with `CI=true` it throws.
 */
export function buildGo<Name extends string>(...names: Name[]): Record<Name, string> | undefined {
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
    execFileSync("go", args, { cwd: path("go/v5"), stdio: ["ignore", "pipe", "pipe"] });
    return Object.fromEntries(names.map((name) => [name, join(out, name)])) as Record<Name, string>;
  } catch (error) {
    if (process.env.CI === "true") throw error;
    const words = String((error as { stderr?: Buffer }).stderr ?? "").trim() || (error as Error).message;
    console.warn(`tests with go-micro are skipped: ${words}`);
    return undefined;
  }
}
