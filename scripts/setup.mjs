// Makes a fresh checkout ready: packages (pnpm by npx) and build. Needs Node 20 and npm, nothing else; quick when nothing changed.
// Plain JavaScript, as it runs before Node 24 is there. All words go to stderr: stdout belongs to the bot.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PNPM = "pnpm@12.21.0";
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".installed");

function run(what, command, args) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}\n${what} failed${error ? `: ${error.message}` : ""}\n`);
  process.exit(1);
}

const lock = createHash("sha256")
  .update(readFileSync(join(root, "pnpm-lock.yaml")))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  process.stderr.write("installing packages, once…\n");
  run("installing packages", "npx", ["--yes", PNPM, "install", "--frozen-lockfile"]);
  writeFileSync(stamp, lock);
}
run("building", join(root, "node_modules", ".bin", "tsc"), ["-b"]);
