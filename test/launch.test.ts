import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const micro = fileURLToPath(import.meta.resolve("@micro-bot/bot/main"));
const core = import.meta.resolve("@micro-bot/core");
const dir = mkdtempSync(join(tmpdir(), "launch-"));
afterAll(() => rmSync(dir, { recursive: true }));

// Tells of every socket that opens and every module that loads, on stderr.
const spy = join(dir, "spy.mjs");
writeFileSync(
  spy,
  `import net from "node:net"; import { registerHooks } from "node:module"; import { writeSync } from "node:fs";
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) { writeSync(2, "SOCKET\\n"); return connect.apply(this, args); };
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) { writeSync(2, "SOCKET\\n"); return listen.apply(this, args); };
  registerHooks({ load(url, context, next) { if (process.env.SPY_LOADS) writeSync(2, "LOADED " + url + "\\n"); return next(url, context); } });`,
);

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  args: readonly string[],
  { input = "", env = {} as Record<string, string>, cwd = dir } = {},
): Promise<Result> {
  const child = spawn(process.execPath, ["--import", spy, micro, ...args], {
    cwd,
    env: { PATH: process.env.PATH!, HOME: dir, ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  child.stdin.on("error", () => {}).end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

/** The same on a terminal: types each answer when what stands before it is shown. */
function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [shown: string, typed: string])[],
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const command = [process.execPath, micro, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: dir,
    env: { PATH: process.env.PATH!, HOME: dir, TERM: "xterm" },
  });
  const left = [...answers];
  let shown = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (text) => {
    shown += text;
    const at = left.length > 0 ? shown.indexOf(left[0]![0], seen) : -1;
    if (at < 0) return;
    seen = shown.length;
    child.stdin.write(left.shift()![1]);
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, shown })));
}

const noScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux")
  ? ""
  : " (skipped: util-linux's script, which makes a terminal, is not installed)";

/** A package of two lines that registers one command. */
function plugin(name: string, pattern: string): string {
  const folder = join(dir, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, type: "module" }));
  writeFileSync(
    join(folder, "index.js"),
    `import { commands, newCommand } from ${JSON.stringify(core)};
    commands.set(${JSON.stringify(pattern)}, newCommand("${name}", "${name}", "", () => "${name}"));`,
  );
  return join(folder, "index.js");
}

describe("a mistake is one clear line and exit code 1, before any socket opens:", () => {
  writeFileSync(
    join(dir, "taken.js"),
    [plugin("plugin-one", "^same$"), plugin("plugin-two", "^same$")]
      .map((file) => `import ${JSON.stringify(file)};`)
      .join("\n"),
  );
  writeFileSync(join(dir, "unreadable.js"), `import ${JSON.stringify(plugin("plugin-bad", "^(?<=x)$"))};`);

  test.each([
    ["a flag typo", ["bot", "--inptus=irc"], "unknown flag --inptus: did you mean --inputs?"],
    [
      "a flag typo of one command",
      ["--comand_timeout=1s", "ping"],
      "unknown flag --comand_timeout: did you mean --command_timeout?",
    ],
    [
      "a missing required flag",
      ["bot", "--inputs=irc"],
      "[input-irc] irc_server is required: --irc_server=VALUE or MICRO_IRC_SERVER",
    ],
    ["an unknown input", ["bot", "--inputs=ric"], "--inputs: there is no input 'ric': did you mean irc?"],
    ["a link file that does not exist", ["--link=nowhere.ts", "ping"], "--link: there is no file"],
    ["a link file that is a folder", ["--link=/", "ping"], "--link: there is no file /"],
    [
      "a taken pattern",
      ["--link=taken.js", "ping"],
      "'^same$' is taken: plugin-one and plugin-two both register it",
    ],
    ["a pattern that cannot be read", ["--link=unreadable.js", "ping"], "pattern '^(?<=x)$'"],
    ["a word too many", ["bot", "irc"], "unexpected word 'irc' after bot"],
    ["a value of the wrong type", ["bot", "--rate=many"], "--rate: 'many' is not a number"],
    [
      "a log level that is none",
      ["bot", "--log_level=loud"],
      "--log_level: 'loud' is not one of debug, info, warn, error, silent",
    ],
  ])("%s", async (_what, args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toContain(`micro: ${message}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });
});

describe("flags", () => {
  test("come from .env, then the environment, then the command line", async () => {
    const cwd = join(dir, "with-env");
    mkdirSync(cwd);
    writeFileSync(join(cwd, ".env"), "MICRO_LOG_LEVEL=bad-from-file\n");
    expect((await run(["bot"], { cwd })).stderr).toContain("'bad-from-file'");
    const env = { MICRO_LOG_LEVEL: "bad-from-env" };
    expect((await run(["bot"], { cwd, env })).stderr).toContain("'bad-from-env'");
    expect((await run(["bot", "--log_level=bad-from-flag"], { cwd, env })).stderr).toContain(
      "'bad-from-flag'",
    );
  });

  test("that are secret show in no help and no error", async () => {
    const env = { MICRO_IRC_PASSWORD: "hunter2hunter2", MICRO_IRC_SASL_PASSWORD: "correct horse" };
    const { stdout } = await run(["--help"], { env });
    expect(stdout).toContain("--irc_password");
    const { stderr } = await run(["bot", "--inputs=irc", "--irc_server=x", "--irc_channels=hunter2hunter2"], {
      env,
    });
    expect(`${stdout}${stderr}`).not.toMatch(/hunter2|correct horse/);
  });

  test("that are secret are hidden in what commands log, say and fail with", async () => {
    const secret = "hunter2hunter2";
    const body = `async (_args, ctx) => { ctx.log.warn({ deep: { secret } }, secret); await ctx.reply("a " + secret); throw new Error("b " + btoa(secret)); }`;
    writeFileSync(
      join(dir, "leak.js"),
      `import { commands, newCommand } from ${JSON.stringify(core)};
      import ${JSON.stringify(import.meta.resolve("@micro-bot/bot/plugins"))};
      const secret = process.env.MICRO_IRC_PASSWORD;
      commands.set("^leak$", newCommand("leak", "leak", "", ${body}));`,
    );
    const { stdout, stderr } = await run(["bot", "--link=leak.js"], {
      input: "leak\n",
      env: { MICRO_IRC_PASSWORD: secret },
    });
    expect(stdout).toBe("a [secret]\nerror executing cmd: b [secret]=\n");
    expect(stderr).toContain('"secret":"[secret]"');
    expect(stderr).not.toMatch(/hunter2|aHVudGVyM/);
  });

  test("in the environment that nobody claims are warned of", async () => {
    const { stderr } = await run(["bot"], { env: { MICRO_IRC_SEVER: "x" } });
    expect(stderr).toContain(
      "MICRO_IRC_SEVER belongs to no linked plugin and is ignored: did you mean MICRO_IRC_SERVER?",
    );
  });
});

describe("one command from the shell", () => {
  test("prints its answer and ends with 0, or with 1 when it failed", async () => {
    expect(await run(["ping"])).toEqual({ code: 0, stdout: "pong\n", stderr: "" });
    expect(await run(["echo", "a  b"])).toEqual({ code: 0, stdout: "a  b\n", stderr: "" });
    expect((await run(["nope"])).code).toBe(1);
  });

  test.each([["--help"], ["ping"]])("%s loads no client library", async (arg) => {
    const { stderr } = await run([arg], { env: { SPY_LOADS: "1" } });
    expect(stderr).toContain("input-irc");
    expect(stderr).not.toMatch(/irc-framework|pino|readline/);
  });
});

describe("a command that asks back", () => {
  writeFileSync(
    join(dir, "asks.js"),
    `import { commands, newCommand } from ${JSON.stringify(core)};
    import ${JSON.stringify(import.meta.resolve("@micro-bot/bot/plugins"))};
    const ask = async (_args, ctx) => {
      const sure = await ctx.ask("sure?", { choices: ["yes", "no"] });
      return sure + " " + (await ctx.ask("how often?"));
    };
    commands.set("^roll$", newCommand("roll", "roll", "", ask));
    commands.set("^reroll$", newCommand("reroll", "reroll", "", ask, { rerun: "safe" }));`,
  );
  const flags = ["--link=asks.js", "--log_level=warn"];

  test("through a pipe, with the store in a file, takes its answers from the next lines", async () => {
    const db = `--store=sqlite:${join(dir, "asks.db")}`;
    const input = "roll\nyes\n3\nreroll\nno\n4\nping\n";
    const { code, stdout } = await run(["bot", db, ...flags], { input });
    const asked = ["sure? (yes / no)", "how often?"];
    expect(stdout.trimEnd().split("\n")).toEqual([...asked, "yes 3", ...asked, "no 4", "pong"]);
    expect(code).toBe(0);
  });

  test.each(["roll", "reroll"])(
    "%s and gets no answer before the pipe ends was not done",
    async (command) => {
      const { code, stdout } = await run(["bot", "--store=memory:", ...flags], { input: command });
      expect(stdout).toContain("sure? (yes / no)\n");
      expect(code).toBe(1);
    },
  );

  test.each(["roll", "reroll"])("from the shell without a terminal refuses %s", async (command) => {
    const { code, stdout } = await run([...flags, command], { input: "yes\n3\n" });
    expect(stdout).toContain(
      `${command} asks a question, which nobody can answer here: run it on a terminal, or say it where the bot listens`,
    );
    expect(stdout).not.toContain("sure?");
    expect(code).toBe(1);
  });

  test.skipIf(noScript !== "" && process.env.CI !== "true")(
    `from the shell asks on the terminal${noScript}`,
    async () => {
      const answered = await onTerminal([...flags, "roll"], [["> ", "yes\r\r3\r"]]);
      expect(answered.shown).toMatch(/sure\? \(yes \/ no\)[\s\S]*how often\?[\s\S]*yes 3/);
      expect(answered.code).toBe(0);
      const cancelled = await onTerminal([...flags, "reroll"], [["> ", "\u0003"]]);
      expect(cancelled.shown).toContain("stopped: it was cancelled");
      expect(cancelled.code).toBe(1);
      // Its input has ended, too: that cancels once.
      const left = await onTerminal([...flags, "reroll"], [["> ", "\u0004"]]);
      expect(left.shown).toMatch(/stopped: it was cancelled\s*$/u);
      expect(left.code).toBe(1);
    },
  );

  test("that leaves a promise behind which fails is answered, and that is a line of the log", async () => {
    const link = join(dir, "floats.js");
    writeFileSync(
      link,
      `import { commands, newCommand } from ${JSON.stringify(core)};
      commands.set("^float$", newCommand("float", "float", "", async () => {
        void Promise.reject(new Error("nobody waits for me"));
        await new Promise((resolve) => setImmediate(resolve));
        return "done";
      }));`,
    );
    const { code, stdout, stderr } = await run(["--link", link, "--store=memory:", "float"]);
    expect(stdout).toBe("done\n");
    expect(stderr.replaceAll("SOCKET\n", "")).toBe(
      "micro: a library threw outside of any call: nobody waits for me\n",
    );
    expect(code).toBe(0);
  });
});

describe("piped input", () => {
  test("runs one command a line; only answers are on stdout, the log is on stderr", async () => {
    const { code, stdout, stderr } = await run(["bot"], { input: "ping\necho a  b\nhelp\n" });
    const [pong, echo, ...help] = stdout.trimEnd().split("\n");
    expect([pong, echo]).toEqual(["pong", "a  b"]);
    expect(help).toContain("ping - Returns pong");
    expect(help.every((line) => line.includes(" - "))).toBe(true);
    const logged = stderr.split("\n").filter((line) => line !== "" && line !== "SOCKET");
    for (const line of logged) expect(JSON.parse(line)).toHaveProperty("msg");
    expect(code).toBe(0);
  });

  test("ends with 1 when a command failed", async () => {
    const { code, stdout } = await run(["bot"], { input: "ping\nnope" });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: "pong\nI know no command 'nope': 'help' lists what I can do\n",
    });
  });

  test("runs a long script to its end: no limit of rate or queue is for a pipe", async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `echo ${i}`);
    const { code, stdout } = await run(["bot"], { input: lines.join("\n") });
    expect(stdout.trimEnd().split("\n")).toEqual(lines.map((line) => line.slice(5)));
    expect(code).toBe(0);
  });
});
