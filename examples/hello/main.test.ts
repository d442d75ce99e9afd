import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the bot of one file greets whoever is named", () => {
  const main = join(import.meta.dirname, "main.ts");
  const out = execFileSync(process.execPath, [main, "bot"], {
    input: "hello world\n",
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  expect(out).toBe("hello, world!\n");
});
