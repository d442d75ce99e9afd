// Builds before the tests run: each package's tests see the others as they are shipped, and never yesterday's.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export default function built(): void {
  const root = join(import.meta.dirname, "..");
  const steps = [
    [join(root, "node_modules/.bin/tsc"), "-b"],
    [process.execPath, "scripts/build.ts"],
  ] as const;
  for (const [command, ...args] of steps) {
    const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error(`the build failed: ${args.join(" ")}`);
  }
}
