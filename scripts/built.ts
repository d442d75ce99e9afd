// Installs and builds before the tests run: each package's tests see the others as they are shipped, never yesterday's.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export default function built(): void {
  const root = join(import.meta.dirname, "..");
  const { status } = spawnSync(process.execPath, ["scripts/setup.mjs"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("the build failed: what is wrong stands above");
}
