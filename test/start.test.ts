import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

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
