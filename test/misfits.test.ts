import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { nodeFault } from "../packages/engine/src/version.ts";
import { MICRO, micro } from "./bot.ts";
import { removeDir, tempDir } from "./servers/lib.ts";

const core = JSON.stringify(import.meta.resolve("@micro-bot/core"));
const dir = tempDir("misfits");
afterAll(() => removeDir(dir));
writeFileSync(join(dir, "package.json"), '{ "type": "module" }');

/** Writes a file, and a package of that name around it. */
function plugin(name: string, file: string, code: string): void {
  const folder = join(dir, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, type: "module", exports: `./${file}` }));
  writeFileSync(join(folder, file), code);
}

const set = (line: string) =>
  `import { commands, inputs, newCommand, registries, stores, streams } from ${core};\n\n${line}\n`;

/** What is wrong with a plugin, and what is told of it. */
const PLUGINS: Readonly<Record<string, readonly [code: string, told: string, line?: number]>> = {
  "from-hubot": [
    set('commands.set(/^x/, newCommand("x", "x", "", () => "x"));'),
    'commands.set: the pattern must be a text in RE2 syntax: write "^x" instead of /^x/',
    3,
  ],
  "no-exec": [
    set('commands.set("^x", newCommand("x", "x", ""));'),
    "commands.set: 'exec' of '^x' must be a function, not undefined",
    3,
  ],
  "no-input": [
    set('inputs.set("x", {});'),
    "inputs.set: 'flags' of 'x' must be a function, not undefined",
    3,
  ],
  "no-stream": [set('streams.set("x", { name: "x" });'), "streams.set: 'x' sees nothing", 3],
  "no-store": [set('stores.set("x", {});'), "stores.set: 'x' must be a function, not an object", 3],
  "no-registry": [set('registries.set("x", {});'), "registries.set: 'list' of 'x' must be a function", 3],
  unparsable: ["\n\nconst = 1;\n", "Unexpected token '='", 3],
  throwing: ['\nthrow new Error("no luck\\ntoday");\n', "no luck", 2],
  rejecting: ['await Promise.reject(new Error("no luck"));\n', "no luck", 1],
  "needs-another": ['\nimport "nowhere-to-be-found";\n', "Cannot find package 'nowhere-to-be-found'", 2],
  "wrong-export": [`\nimport { nope } from ${core};\n`, "does not provide an export named 'nope'", 2],
};
for (const [name, [code]] of Object.entries(PLUGINS)) {
  plugin(name, "index.js", code);
  writeFileSync(join(dir, `${name}.js`), `import ${JSON.stringify(name)};\n`);
}

/** Link files that are wrong themselves. */
const LINKS: Readonly<Record<string, readonly [code: string, told: string, line?: number]>> = {
  "link-unparsable.js": ["\nimport 1;\n", "Unexpected", 2],
  "link-unparsable.ts": ["\n\nconst x: = 1;\n", "Unexpected token `=`", 3],
  "link-enum.ts": ["enum A { b }\n", "enum is not supported", 1],
  "link-package.js": [
    '\nimport "not-installed";\n',
    "Cannot find package 'not-installed': is it installed?",
    2,
  ],
  "link-file.ts": ['\n\nimport "./deploy.ts";\n', "deploy.ts'", 3],
  "link-null.js": ["throw null;\n", "null"],
};
for (const [name, [code]] of Object.entries(LINKS)) writeFileSync(join(dir, name), code);

async function told(link: string): Promise<string> {
  const { out, err, code } = await micro([`--link=${link}`, "ping"], { cwd: dir });
  expect({ out, code }).toEqual({ out: "", code: 1 });
  expect(err.trimEnd()).not.toContain("\n");
  return err;
}

describe("in one sentence, with the package, the file and the line, is told of a plugin that", () => {
  test.each(Object.entries(PLUGINS))("is %s", async (name, [_code, what, line]) => {
    const err = await told(`${name}.js`);
    expect(err).toContain(`micro: the plugin ${name} cannot be loaded: `);
    expect(err).toContain(what);
    expect(err).toContain(`(${join(dir, "node_modules", name, "index.js")}:${line})`);
  });

  test("is published as TypeScript", async () => {
    plugin("in-types", "index.ts", "export const x: number = 1;\n");
    writeFileSync(join(dir, "in-types.js"), 'import "in-types";\n');
    const err = await told("in-types.js");
    expect(err).toContain(
      "micro: the plugin in-types cannot be loaded: a package must be published as JavaScript",
    );
  });

  test("has flags that are none", async () => {
    const flags = `[{ name: "Flag-Name", usage: "" }]`;
    const line = `commands.set("^x", newCommand("x", "x", "", () => "x", { flags: () => ${flags} }));`;
    writeFileSync(join(dir, "flags.js"), set(line));
    expect(await told("flags.js")).toContain("micro: Command x: flags() gives a flag named 'Flag-Name'");
  });

  test("cannot be set up", async () => {
    const line = `commands.set("^x", newCommand("x", "x", "", () => "x", { init() { null.x } }));`;
    writeFileSync(join(dir, "init.js"), set(line));
    expect(await told("init.js")).toContain("micro: [command x] cannot be set up: Cannot read properties");
  });
});

describe("in one sentence is told of", () => {
  test.each(Object.entries(LINKS))("%s", async (name, [_code, what, line]) => {
    const err = await told(name);
    expect(err).toContain("micro: the link file cannot be loaded: ");
    expect(err).toContain(what);
    expect(err).toContain(`(${join(dir, name)}${line === undefined ? "" : `:${line}`})`);
  });

  test("a link file that never ends loading", async () => {
    writeFileSync(join(dir, "link-hangs.js"), "await new Promise(() => {});\n");
    const { err, code } = await micro(["--link=link-hangs.js", "ping"], { cwd: dir });
    expect(err).toContain(`micro: the link file ${join(dir, "link-hangs.js")} waits for what never comes`);
    expect(code).toBe(1);
  });
});

describe("an old Node", () => {
  const engines = (file: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, "..", file), "utf8")).engines.node as string;
  const old = ["/usr/bin/node", "/usr/local/bin/node"].find((node) => {
    const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
    return stdout && nodeFault(stdout.slice(1)) !== undefined;
  });

  test("is told by the same version as package.json names", () => {
    const oldest = /^Node ([\d.]+)/.exec(nodeFault("20.0.0")!)![1]!;
    expect(engines("packages/engine/package.json")).toBe(`>=${oldest}`);
    expect(engines("apps/bot/package.json")).toBe(`>=${oldest}`);
    expect(readFileSync(MICRO, "utf8")).toContain(`[${oldest.replace(".", ", ")}]`);
    for (const [version, good] of [
      ["22.12.9", false],
      ["22.13.0", true],
      ["24.0.0", true],
      ["9.99.0", false],
    ] as const)
      expect(nodeFault(version) === undefined).toBe(good);
  });

  test.skipIf(!old)(
    `is told which Node is needed, by the program and by run${old ? "" : " (skipped: none is installed)"}`,
    () => {
      const own = join(dir, "own.js");
      const engine = JSON.stringify(
        import.meta.resolve("@micro-bot/bot/main").replace(/apps.*/, "packages/engine/dist/index.js"),
      );
      writeFileSync(
        own,
        `import { run } from ${engine};\nprocess.exit(await run({ argv: ["ping"], env: {}, plugins: async () => {} }));\n`,
      );
      for (const args of [[MICRO, "ping"], [own]]) {
        const { stdout, stderr, status } = spawnSync(old!, args, { encoding: "utf8" });
        expect(stderr).toMatch(/^micro: Node 22\.13 or newer is needed, and this is [\d.]+\n$/);
        expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
      }
    },
  );
});
