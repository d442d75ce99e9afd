// Everything that must hold before a change lands: `npm test`, and what CI runs. Stops at the first step that fails.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const bin = (name: string) => join("node_modules", ".bin", name);
const out = mkdtempSync(join(tmpdir(), "micro-bot-check-"));
const report = join(out, "vitest.json");
// Every tool below must see this Node first: the tests start bots with it.
const env = { ...process.env, PATH: `${join(process.cwd(), "node_modules/node/bin")}:${process.env.PATH}` };

const steps: readonly (readonly [what: string, command: string, ...args: string[]])[] = [
  ["format and lint", bin("biome"), "ci", "--error-on-warnings", "."],
  ["derived files are up to date", process.execPath, "scripts/sync.ts", "--check"],
  ["packages look like their kind", process.execPath, "scripts/shape.ts"],
  ["imports go one way", process.execPath, "scripts/imports.ts"],
  ["types of tests, examples and scripts", bin("tsc"), "-p", "tsconfig.test.json"],
  ["types of the pages' code", process.execPath, "scripts/snippets.ts"],
  ["tests", bin("vitest"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
];

for (const [what, command, ...args] of steps) {
  process.stderr.write(`\n— ${what}\n`);
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env });
  if (status === 0) continue;
  process.stderr.write(`failed: ${what}${error ? ` (${error.message})` : ""}\n`);
  process.exitCode = 1;
  break;
}

const counts = tally(report);
rmSync(out, { recursive: true });
if (counts) {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  // One whose set-up failed has tests that were skipped, and none that failed.
  for (const file of counts.broken) console.log(`failed: ${file}`);
}

function tally(
  file: string,
): { passed: number; failed: number; skipped: number; broken: string[] } | undefined {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
      readFileSync(file, "utf8"),
    );
    const results: readonly { readonly name: string; readonly status: string }[] = testResults;
    const broken = results.filter(({ status }) => status === "failed").map(({ name }) => name);
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests, broken };
  } catch {
    return undefined;
  }
}
