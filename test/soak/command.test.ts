import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { until } from "../../scripts/soak/stage.ts";
import { noNgircd } from "../servers/ngircd.ts";

const SOAK = join(import.meta.dirname, "../../scripts/soak.ts");

function soak(...args: string[]) {
  const child = spawn(process.execPath, [SOAK, ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, code, text: () => text };
}

describe("the command", () => {
  test("lists what there is when it is given no name, or one that it does not know", async () => {
    for (const args of [[], ["kill-everybody"]]) {
      const { code, text } = soak(...args);
      expect(await code).toBe(1);
      expect(text()).toMatch(/kill-sqlite .*\n.*kill-postgres/);
    }
  });

  test("says which flag is no number", async () => {
    const { code, text } = soak("question", "--runs=many");
    expect(await code).toBe(1);
    expect(text()).toContain("--runs: 'many' is no number");
  });

  test.skipIf(noNgircd ?? process.platform !== "linux")(
    "ends all that it started when it is told to end",
    async () => {
      const { child, code } = soak("question", "--runs=1000");
      const own = () => childrenOf(child.pid!);
      await until(() => own().some((pid) => /\bbot\b/.test(commandOf(pid))), 60_000);
      const started = own();
      expect(started.length).toBeGreaterThanOrEqual(2);
      child.kill("SIGTERM");
      expect(await code).toBe(1);
      expect(await until(() => started.every((pid) => commandOf(pid) === ""), 60_000)).toBe(true);
    },
  );
});

// proc(5).
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

/** Empty when it is gone. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
