import { execFile } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageFiles } from "../examples/first-plugin/page.ts";
import { Person } from "../packages/input-irc/test/person.ts";
import { startBot } from "./bot.ts";
import { noNgircd, startNgircd } from "./servers/ngircd.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const dir = mkdtempSync(join(tmpdir(), "pack-"));
const tarballs = new Map<string, string>();
const published = globSync("{packages,apps}/*/package.json", { cwd: root })
  .map((file) => ({
    folder: join(root, dirname(file)),
    manifest: JSON.parse(readFileSync(join(root, file), "utf8")),
  }))
  .filter(({ manifest }) => !manifest.private);

beforeAll(async () => {
  const pnpm = join(root, "node_modules/.bin/pnpm");
  for (const { folder, manifest } of published) {
    const { stdout } = await run(pnpm, ["pack", "--json", "--pack-destination", dir], { cwd: folder });
    const { filename } = JSON.parse(stdout.slice(stdout.indexOf("{")));
    tarballs.set(manifest.name, filename.startsWith("/") ? filename : join(dir, filename));
  }
}, 180_000);
afterAll(() => rmSync(dir, { recursive: true }));

describe("the packages as they are published", () => {
  test.each(published.map(({ manifest }) => manifest.name as string))(
    "%s is clean to publint",
    async (name) => {
      const tarball = new Uint8Array(readFileSync(tarballs.get(name)!)).buffer;
      const { messages, pkg } = await publint({ strict: true, pack: { tarball } });
      expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    },
  );

  test.skipIf(noNgircd)(
    "core, engine, input-irc and command-basics in an empty folder are a working bot, with a link file of five lines",
    { timeout: 180_000 },
    async () => {
      const home = join(dir, "home");
      mkdirSync(home);
      const wanted = ["core", "kit", "engine", "input-irc", "command-basics"].map(
        (name) => tarballs.get(`@micro-bot/${name}`)!,
      );
      writeFileSync(
        join(home, "package.json"),
        JSON.stringify({ name: "mine", private: true, type: "module" }),
      );
      await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...wanted], { cwd: home });
      writeFileSync(
        join(home, "bot.js"),
        `import { run } from "@micro-bot/engine";
        import "@micro-bot/command-basics";
        import "@micro-bot/input-irc";

        process.exit(await run({ argv: process.argv.slice(2), env: process.env, plugins: async () => {} }));`,
      );
      expect(existsSync(join(home, "node_modules/@micro-bot/input-console"))).toBe(false);
      const server = await startNgircd();
      const bot = startBot(
        ["bot", "--inputs=irc", "--irc_server=127.0.0.1", `--irc_port=${server.port}`, "--irc_channels=#ops"],
        { main: join(home, "bot.js"), cwd: home },
      );
      try {
        await bot.logged(/irc is connected/);
        const ann = await Person.join(server.port, "ann");
        ann.say("#ops", "micro: ping");
        expect(await ann.heard("#ops")).toBe("ann: pong");
        ann.close();
      } finally {
        await bot.stop();
        await server.stop();
      }
    },
  );

  test("the plugin of CONTRIBUTING.md, packed and installed beside them, answers by a link file", {
    timeout: 180_000,
  }, async () => {
    const source = join(dir, "shout");
    for (const [file, text] of Object.entries(pageFiles())) {
      mkdirSync(dirname(join(source, file)), { recursive: true });
      writeFileSync(join(source, file), text);
    }
    // What `npm install --save-dev` brings, from this workspace.
    symlinkSync(join(root, "examples/first-plugin/node_modules"), join(source, "node_modules"));
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", dir], { cwd: source });
    const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
    expect(files.map(({ path }: { path: string }) => path).sort()).toEqual([
      "dist/index.d.ts",
      "dist/index.js",
      "dist/plugin.d.ts",
      "dist/plugin.js",
      "package.json",
    ]);
    const home = join(dir, "shouting");
    mkdirSync(home);
    const wanted = ["core", "kit", "engine", "input-console"].map(
      (name) => tarballs.get(`@micro-bot/${name}`)!,
    );
    writeFileSync(
      join(home, "package.json"),
      JSON.stringify({ name: "mine", private: true, type: "module" }),
    );
    const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
    await run("npm", [...install, ...wanted, join(dir, filename)], { cwd: home });
    writeFileSync(
      join(home, "micro.link.js"),
      'import "@micro-bot/input-console";\nimport "micro-bot-command-shout";\n',
    );
    writeFileSync(
      join(home, "bot.js"),
      `import { run } from "@micro-bot/engine";
      const plugins = () => Promise.reject(new Error("the link file was not found"));
      process.exit(await run({ argv: process.argv.slice(2), env: process.env, plugins }));`,
    );
    const words = await run(process.execPath, [join(home, "bot.js"), "--store=memory:", "shout", "hello"], {
      cwd: home,
    });
    expect(words.stdout).toBe("HELLO\n");
    const bot = startBot(["bot"], { main: join(home, "bot.js"), cwd: home });
    bot.type("shout hello");
    expect(await bot.printed(/hello/iu)).toBe("HELLO");
    await bot.stop();
  });
});
