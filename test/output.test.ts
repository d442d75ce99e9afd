import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { MICRO } from "./bot.ts";
import { removeDir, tempDir } from "./servers/lib.ts";

/** Runs micro with a file as its standard output or error. */
async function into(stdio: "stdout" | "stderr", file: string, args: readonly string[], input = "") {
  const home = tempDir("output");
  const handle = openSync(file, file === devNull ? "r" : "w");
  onTestFinished(() => removeDir(home));
  onTestFinished(() => closeSync(handle));
  const env = { PATH: process.env.PATH!, HOME: home, MICRO_REGISTRY: "memory" };
  const child = spawn(process.execPath, [MICRO, ...args], {
    env,
    stdio: ["pipe", stdio === "stdout" ? handle : "pipe", stdio === "stderr" ? handle : "pipe"],
  });
  child.stdin!.on("error", () => {}).end(input);
  const other = text((stdio === "stdout" ? child.stderr : child.stdout)!);
  const [code] = await once(child, "close");
  return { code, other: await other };
}

const full = "/dev/full";
const noFull = !existsSync(full);
const WAYS: readonly (readonly [name: string, args: readonly string[], input: string])[] = [
  ["a command", ["ping"], ""],
  ["a command that is none", ["nope"], ""],
  ["help", ["--help"], ""],
  ["the version", ["--version"], ""],
  ["a pipe", ["bot"], "ping\nping\n"],
];

describe("what cannot be written to standard output is an error:", () => {
  test.skipIf(noFull).each(WAYS)("%s, when the disk is full", async (_name, args, input) => {
    const { code, other } = await into("stdout", full, args, input);
    expect(other).toContain("micro: standard output cannot be written to: ENOSPC");
    expect(code).toBe(1);
  });

  test.each(WAYS)("%s, when it is open for reading only", async (_name, args, input) => {
    const { code, other } = await into("stdout", devNull, args, input);
    expect(other).toContain("micro: standard output cannot be written to: EBADF");
    expect(code).toBe(1);
  });
});

test.skipIf(process.platform === "win32").each(WAYS)(
  "%s, when the file has room for a part of it only, is an error, too",
  async (_name, args, input) => {
    const home = tempDir("output");
    onTestFinished(() => removeDir(home));
    const file = join(home, "out");
    const room = 1024;
    writeFileSync(file, "x".repeat(room - 2));
    // Writing beyond the limit is a signal to those that do not ignore it.
    const script = `trap '' XFSZ; ulimit -f 1; exec "$0" "$@" >> "${file}"`;
    const env = { PATH: process.env.PATH!, HOME: home, MICRO_REGISTRY: "memory", MICRO_STORE: "memory:" };
    const child = spawn("bash", ["-c", script, process.execPath, MICRO, ...args], { env });
    child.stdin.on("error", () => {}).end(input);
    const told = text(child.stderr);
    const [code] = await once(child, "close");
    expect(await told).toContain("micro: standard output cannot be written to: EFBIG");
    expect(code).toBe(1);
  },
);

test.each(WAYS)("%s whose reader has left is no error", async (_name, args, input) => {
  const home = tempDir("left");
  onTestFinished(() => removeDir(home));
  const env = { PATH: process.env.PATH!, HOME: home, MICRO_REGISTRY: "memory", MICRO_LOG_LEVEL: "error" };
  const child = spawn(process.execPath, [MICRO, ...args], { env });
  child.stdout.destroy();
  child.stdin.on("error", () => {}).end(input);
  const told = text(child.stderr);
  const [code] = await once(child, "close");
  expect(await told).toBe("");
  expect(code).toBe(args[0] === "nope" ? 1 : 0);
});

test.skipIf(noFull)("a log that cannot be written ends nothing: all is answered", async () => {
  const lines = Array.from({ length: 50 }, (_, i) => `echo ${i}`).join("\n");
  const { code, other } = await into("stderr", full, ["bot"], lines);
  expect(other.trimEnd().split("\n")).toHaveLength(50);
  expect(code).toBe(0);
});
