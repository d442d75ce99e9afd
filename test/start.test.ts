import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { MICRO, micro, startBot } from "./bot.ts";
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

/** A bot in a place of its own, without a store that somebody named. */
function own(env: Readonly<Record<string, string>> = {}) {
  const dir = tempDir("start");
  onTestFinished(() => removeDir(dir));
  return { cwd: dir, env: { HOME: dir, MICRO_STORE: "", MICRO_REGISTRY: "memory", ...env } };
}

describe("at its start a bot", () => {
  test("says in one line what it is made of", async () => {
    const place = own();
    const { err } = await micro(["bot", "--operators=irc:ann,slack:U1"], { ...place, input: "ping\n" });
    const [line] = err.split("\n").filter((line) => line.includes("link file"));
    expect(line).toMatch(
      /micro [\d.]+ \(engine [\d.]+, Node [\d.]+\): link file built in; inputs console; store sqlite:.*micro\.db; registry memory; operators irc:ann, slack:U1/,
    );
    writeFileSync(
      join(place.cwd, "micro.link.js"),
      `import ${JSON.stringify(import.meta.resolve("@micro-bot/bot/plugins"))};`,
    );
    const url = "postgres://micro:hunter2@127.0.0.1:1/micro?password=hunter2";
    const bot = startBot(["bot", `--store=${url}`], place);
    onTestFinished(() => bot.stop());
    expect(await bot.logged(/link file/)).toMatch(
      /link file micro\.link\.js; .* store postgres:\/\/127\.0\.0\.1:1\/micro;/,
    );
    expect(bot.log()).not.toContain("hunter2");
  });

  test("warns when its store is memory", async () => {
    const forgets =
      "the store is memory: what is remembered, planned or not sent yet is gone when the bot ends";
    expect((await micro(["bot", "--store=memory:"], { ...own(), input: "ping\n" })).err).toContain(forgets);
    expect((await micro(["bot"], { ...own(), input: "ping\n" })).err).not.toContain(forgets);
  });

  test("shows its version when asked", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "apps/bot/package.json"), "utf8"));
    const { out, code } = await micro(["--version"], own());
    expect(out).toMatch(/^micro [\d.]+ \(engine [\d.]+, Node [\d.]+\)\n$/);
    expect(out).toContain(`micro ${version} `);
    expect(code).toBe(0);
  });

  test("says that nothing listens when its input is the null device", async () => {
    const child = spawn(process.execPath, [MICRO, "bot"], {
      env: { ...process.env, ...own().env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const told = text(child.stderr);
    expect(await once(child, "close")).toEqual([1, null]);
    expect(await told).toMatch(
      /^micro: nothing would listen: 'console' is the only input, .*--inputs=slack,irc/,
    );
  });

  test("keeps its state where systemd says", async () => {
    const { env, cwd } = own();
    const folders = `${join(cwd, "one")}:${join(cwd, "two")}`;
    const { code } = await micro(["remember", "x", "is", "y"], {
      cwd,
      env: { ...env, STATE_DIRECTORY: folders },
    });
    expect(code).toBe(0);
    expect(existsSync(join(cwd, "one", "micro.db"))).toBe(true);
    expect(existsSync(join(cwd, ".local"))).toBe(false);
  });

  test.each([
    ["takes no folders", { HOME: "/proc" }],
    ["is a file", { HOME: import.meta.filename }],
    ["cannot be below a file", { STATE_DIRECTORY: join(import.meta.filename, "state") }],
  ])(
    "names --store at once when the place for its state %s, which a command may not need",
    async (_what, env) => {
      const place = own(env);
      const { err, code } = await micro(["bot"], { ...place, input: "ping\n" });
      expect(err).toMatch(
        /^micro: the folder \/.* cannot be made \(.*\): name another place with --store=sqlite:FILE$/m,
      );
      expect(code).toBe(1);
      expect(await micro(["ping"], place)).toEqual({ out: "pong\n", err: "", code: 0 });
    },
  );
});

test("a bot lets what runs finish when its terminal is closed, also when that is said twice", async () => {
  const place = own();
  writeFileSync(
    join(place.cwd, "micro.link.js"),
    `import { commands, newCommand } from ${JSON.stringify(import.meta.resolve("@micro-bot/core"))};
    import ${JSON.stringify(import.meta.resolve("@micro-bot/bot/plugins"))};
    const hangUp = new Promise((resolve) => process.once("SIGHUP", () => setImmediate(resolve)));
    commands.set("^work$", newCommand("work", "work", "", async (_args, ctx) => {
      await ctx.reply("begun");
      await hangUp;
      return "finished";
    }));`,
  );
  const bot = startBot(["bot", "--store=memory:"], place);
  bot.type("work");
  await bot.printed(/begun/);
  for (const signal of ["SIGHUP", "SIGHUP"] as const) bot.signal(signal);
  await bot.printed(/finished/);
  expect(await bot.exit).toBe(0);
});
