import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MICRO, micro } from "./bot.ts";
import { removeDir, tempDir } from "./servers/lib.ts";

const root = join(import.meta.dirname, "..");

test("npm start answers what is piped into it: only answers on stdout, one command a line", () => {
  const { stdout, stderr, status } = spawnSync("npm", ["start", "--silent"], {
    cwd: root,
    input: "ping\necho a  b\nhelp\nnope\n",
    encoding: "utf8",
    env: { ...process.env, MICRO_REGISTRY: "memory" },
  });
  const lines = stdout.trimEnd().split("\n");
  expect(lines.slice(0, 2)).toEqual(["pong", "a  b"]);
  expect(lines.at(-1)).toBe("I know no command 'nope': 'help' lists what I can do");
  expect(lines.slice(2, -1).every((line) => line.includes(" - "))).toBe(true);
  expect(lines).toContain("ping - Returns pong");
  expect(stderr).toContain("ping done");
  // The last command failed.
  expect(status).toBe(1);
});

test("a bot whose reader leaves early, as head does, ends with its input, and says nothing of it to the next reader", async () => {
  const dir = tempDir("left-early");
  onTestFinished(() => removeDir(dir));
  const env = { ...process.env, MICRO_REGISTRY: "memory", MICRO_STORE: `sqlite:${join(dir, "bot.db")}` };
  const child = spawn(process.execPath, [MICRO, "bot"], { env, stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  child.stdin.on("error", () => {});
  child.stdin.write("echo the first\n");
  expect(String(await once(child.stdout, "data"))).toBe("the first\n");
  child.stdout.destroy();
  child.stdin.end("echo unread\nping\nping\n");
  expect(await ended).toEqual([0, null]);
  expect(await micro(["bot"], { env, input: "echo read\n" })).toMatchObject({ out: "read\n", code: 0 });
});
