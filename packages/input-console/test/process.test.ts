import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const BOT = fileURLToPath(new URL("./bot.ts", import.meta.url));
const hasScript =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
const reason = "util-linux's script, which makes a pseudo-terminal, is not installed";

test("a process with its commands on a pipe answers each and ends", async () => {
  const child = spawn(process.execPath, [BOT]);
  const done = ended(child);
  child.stdin.end("ping\r\nhello");
  expect(await done).toEqual({ code: 0, printed: "pong\nno hello\n", complained: "" });
});

test("a process whose reader has gone ends without a crash", async () => {
  const child = spawn(process.execPath, [BOT]);
  const done = ended(child);
  child.stdout.destroy();
  child.stdin.on("error", () => {});
  child.stdin.write("ping\n".repeat(1000));
  expect(await done).toEqual({ code: 0, printed: "", complained: "" });
});

test.skipIf(!hasScript && process.env.CI !== "true")(
  `a process on a real terminal edits, completes, cancels and ends${hasScript ? "" : ` (skipped: ${reason})`}`,
  async () => {
    const child = spawn("script", ["-qec", `stty cols 40; exec '${process.execPath}' '${BOT}'`, "/dev/null"]);
    const done = ended(child);
    await until(child, "micro>");
    child.stdin.write("pi\t");
    await until(child, "ping");
    child.stdin.write("\r");
    await until(child, "pong");
    child.stdin.write("wait\r\u0003");
    await until(child, "cancelled");
    child.stdin.write("\u0003");
    expect(await done).toMatchObject({ code: 0 });
  },
);

function ended(child: ChildProcessWithoutNullStreams) {
  let printed = "";
  let complained = "";
  child.stdout.on("data", (chunk) => (printed += chunk));
  child.stderr.on("data", (chunk) => (complained += chunk));
  return new Promise<{ code: number | null; printed: string; complained: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, printed, complained }));
  });
}

/** Resolves when the words are printed, from now on. */
function until(child: ChildProcessWithoutNullStreams, words: string): Promise<void> {
  let seen = "";
  return new Promise((resolve) => {
    child.stdout.on("data", function look(chunk) {
      seen += chunk;
      if (!seen.includes(words)) return;
      child.stdout.off("data", look);
      resolve();
    });
  });
}
