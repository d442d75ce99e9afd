import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serverOrSkip } from "../../../test/servers/lib.ts";
import { newFile } from "./help.ts";

const missing = (await serverOrSkip({ strace: "strace" })) ?? cannotTrace();

// A kill does not show whether the disk was asked: the system would write it some time. So the asking is counted.
test.skipIf(missing)("the disk is asked to sync once for each group of writes", () => {
  // The first write makes the log, which has syncs of its own.
  expect(syncs("8") - syncs("1"), "seven groups more").toBe(7);
});

/** Calls of fsync and its like while a process makes a store and writes so many groups of 64. */
function syncs(groups: string): number {
  const file = newFile();
  const trace = `${file}.trace`;
  const child = join(import.meta.dirname, "child.ts");
  const strace = ["-f", "-e", "trace=fsync,fdatasync", "-o", trace];
  execFileSync("strace", [...strace, process.execPath, child, "groups", file, groups]);
  return readFileSync(trace, "utf8").match(/f(?:data)?sync\(\d/g)!.length;
}

/** Why no process may be traced here, if so: containers often forbid it. */
function cannotTrace(): string | undefined {
  const { status, stderr } = spawnSync("strace", ["-o", "/dev/null", process.execPath, "--version"]);
  if (status === 0) return undefined;
  const reason = `strace may not trace here: ${stderr}`;
  console.warn(`skipped: ${reason}`);
  return reason;
}
