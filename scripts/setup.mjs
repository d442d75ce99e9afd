// Makes a fresh checkout ready: packages (pnpm by npx) and build. Needs Node 20 and npm, nothing else; quick when nothing changed.
// Plain JavaScript, as it runs before Node 24 is there. All words go to stderr: stdout belongs to the bot.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
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
  run("installing packages", "npx", [
    "--yes",
    `pnpm@${devDependencies.pnpm}`,
    "install",
    "--frozen-lockfile",
  ]);
  writeFileSync(stamp, lock);
}
run("checking types", join(root, "node_modules", ".bin", "tsc"), ["-b"]);
run("building", join(root, "node_modules/node/bin/node"), ["scripts/build.ts"]);
