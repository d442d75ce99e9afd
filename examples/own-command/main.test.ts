import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const micro = fileURLToPath(import.meta.resolve("@micro-bot/bot/main"));

function run(...args: string[]): string {
  return execFileSync(process.execPath, [micro, ...args], { cwd: import.meta.dirname, encoding: "utf8" });
}

describe("a command of one's own", () => {
  test("is found by the link file in the working folder, and runs from the shell", () => {
    expect(run("roll", "2")).toMatch(/^🎲 [12]\n$/);
    expect(run("--dice-sides=2", "roll")).toMatch(/^🎲 [12]\n$/);
  });

  test("is in help, and so is its flag", () => {
    expect(run("help")).toContain("roll [sides] - Rolls a die");
    expect(run("--help")).toContain("--dice_sides=N");
  });
});
