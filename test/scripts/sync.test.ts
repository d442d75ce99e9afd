import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { envOf, type Flag } from "@micro-bot/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { between, envExample, flagTable } from "../../scripts/derive.ts";
import { stale } from "../../scripts/sync.ts";
import { type Files, goodPackage, manifest, ROOT, workspace } from "./workspace.ts";

let count = 0;

/** A workspace with one built plugin. Names differ, as core's maps are the process's. */
function built(flags: readonly Flag[]): { root: string; dir: string } {
  const folder = `input-sync${++count}`;
  const dir = `packages/${folder}`;
  const core: Files = {
    "packages/core/package.json": { name: "@micro-bot/core" },
    "packages/core/tsconfig.json": '{ "extends": "../../tsconfig.base.json" }\n',
    "packages/core/dist/package.json": { type: "module" },
    "packages/core/dist/index.js": `export * from ${JSON.stringify(import.meta.resolve("@micro-bot/core"))};`,
  };
  const root = workspace(ROOT, core, goodPackage(folder), {
    "tsconfig.json": '{ "files": [] }\n',
    "README.md": "# Bot\n\n<!-- packages -->\n<!-- /packages -->\n",
    [`${dir}/package.json`]: manifest(folder, { description: "What it is" }),
    [`${dir}/dist/index.js`]: `import { inputs } from "../../core/dist/index.js";
      const none = () => {};
      const flags = () => ${JSON.stringify(flags)};
      inputs.set("${folder}", { name: "${folder}", flags, init: none, start: none, stream: none, stop: none });`,
    "apps/bot/src/plugins.ts": `import "@micro-bot/${folder}";\n`,
    "docs/flags.md": "",
    "docs/errors.md": "",
    "apps/bot/.env.example": "",
  });
  return { root, dir };
}

const FLAG: Flag = { name: "sync_server", usage: "Where it is", default: "localhost", required: true };

describe("sync", () => {
  test("names every file that is out of date, and none once they are written", async () => {
    const { root, dir } = built([FLAG]);
    const files = await stale(root);
    expect([...files.keys()].sort()).toEqual(
      [
        "README.md",
        "apps/bot/.env.example",
        "docs/errors.md",
        "docs/flags.md",
        `${dir}/README.md`,
        "tsconfig.json",
      ].sort(),
    );
    for (const [file, text] of files) writeFileSync(join(root, file), text);
    expect([...(await stale(root)).keys()]).toEqual([]);
    const read = (file: string) => readFileSync(join(root, file), "utf8");
    expect(read(`${dir}/README.md`)).toContain(
      "| `--sync_server` | `MICRO_SYNC_SERVER` | `localhost` | Where it is; required |",
    );
    expect(read("README.md")).toMatch(new RegExp(`\\[@micro-bot/.*\\]\\(${dir}\\) +\\| What it is`));
    expect(read("apps/bot/.env.example")).toContain(
      "# Where it is; required\n# MICRO_SYNC_SERVER=localhost\n",
    );
    expect(read("docs/errors.md")).toContain("| `not_connected` |");
    expect(JSON.parse(read("tsconfig.json")).references).toEqual([{ path: "packages/core" }, { path: dir }]);
  });

  test("finds a reference that is missing", async () => {
    const { root, dir } = built([]);
    writeFileSync(join(root, dir, "tsconfig.json"), '{ "extends": "../../tsconfig.base.json" }\n');
    const file = (await stale(root)).get(`${dir}/tsconfig.json`);
    expect(JSON.parse(file!)).toEqual({
      extends: "../../tsconfig.base.json",
      references: [{ path: "../core" }],
    });
  });

  test("says which package is not built", async () => {
    const root = workspace(ROOT, goodPackage("input-x"), {
      "packages/core/package.json": { name: "@micro-bot/core" },
    });
    await expect(stale(root)).rejects.toThrow("packages/core is not built: run pnpm build");
  });
});

describe("derived text", () => {
  test("goes between its markers, twice is the same, and nothing else changes", () => {
    const plain = fc.string().filter((text) => !text.includes("<!--"));
    fc.assert(
      fc.property(plain, plain, plain, plain, (before, old, content, after) => {
        const text = `${before}<!-- a -->${old}<!-- /a -->${after}`;
        const once = between(text, "a", content);
        expect(once).toBe(`${before}<!-- a -->\n\n${content}\n\n<!-- /a -->${after}`);
        expect(between(once, "a", content)).toBe(once);
        expect(between(text, "b", content)).toBe(text);
      }),
    );
  });

  test("keeps a table's columns, whatever the words", () => {
    const flag = fc.record({
      name: fc.stringMatching(/^[a-z][a-z_]{0,9}$/),
      usage: fc.string({ unit: fc.constantFrom(..."ab| `") }),
    });
    fc.assert(
      fc.property(fc.array(flag, { minLength: 1 }), (flags) => {
        const rows = flagTable(flags).split("\n");
        expect(rows).toHaveLength(flags.length + 2);
        for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
      }),
    );
  });

  test("sets nothing until a line is uncommented, and then the default", () => {
    const flags = [
      { name: "a", usage: "A", default: "two words" },
      { name: "b", usage: "B", type: "boolean", default: true },
      { name: "c", usage: "C", secret: true },
    ] as const satisfies readonly Flag[];
    const text = envExample([{ name: "x", flags }]);
    expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
    expect(text).toContain(`# ${envOf(flags[0])}="two words"\n`);
    expect(text).toContain("# MICRO_B=true\n");
    expect(text).toContain("# C; secret: better MICRO_C_FILE\n# MICRO_C=\n");
  });

  test("of no flags says so", () => {
    expect(flagTable([])).toBe("It has no options.");
  });
});
