// All benchmarks one after the other, or those named: `npx pnpm bench start call`.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";

const all = globSync(join(import.meta.dirname, "*.ts")).filter((file) => file !== import.meta.filename);
const named = process.argv.slice(2);
for (const file of all.sort()) {
  const name = basename(file, ".ts");
  if (named.length > 0 && !named.includes(name)) continue;
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [file], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
