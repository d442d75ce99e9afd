// Type-checks every `ts` block of the pages that people read. A block is the file that the words before it name in
// backquotes, as in `src/plugin.ts`, so that blocks of one page may import each other; else it stands alone.
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A block of code in a page. */
export interface Snippet {
  /** Where it is checked, below its page's folder. */
  readonly file: string;
  /** The line of the page on which its code begins, from 1. */
  readonly line: number;
  readonly code: string;
}

const PAGES = ["*.md", "docs/*.md", "packages/*/README.md", "apps/*/README.md", "examples/*/README.md"];
const BLOCK = /^([ \t]*)```ts\n([\s\S]*?)^\1```$/gm;
const NAMED = /`([\w./-]+\.ts)`/g;
/** How much of the text before a block may name its file, in characters. */
const BEFORE = 300;

/** The `ts` blocks of a page, in order. */
export function snippetsOf(page: string): Snippet[] {
  let end = 0;
  return [...page.matchAll(BLOCK)].map(({ 0: block, 1: indent = "", 2: code = "", index }, i) => {
    const words = page.slice(Math.max(end, index - BEFORE), index);
    end = index + block.length;
    return {
      file: [...words.matchAll(NAMED)].at(-1)?.[1] ?? `block-${i + 1}.ts`,
      line: page.slice(0, index).split("\n").length + 1,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    };
  });
}

/** Writes the blocks of all pages into a folder that tsc can check. Returns the page and line of each file. */
function laid(root: string, folder: string): Map<string, string> {
  const places = new Map<string, string>();
  for (const page of globSync(PAGES, { cwd: root }))
    for (const { file, line, code } of snippetsOf(readFileSync(join(root, page), "utf8"))) {
      const path = join(page.replaceAll(/\W+/g, "-"), file);
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${code}\nexport {};\n`);
      places.set(path, `${page}:${line}`);
    }
  return places;
}

function main(root: string): void {
  const folder = join(root, ".cache", "snippets");
  rmSync(folder, { recursive: true, force: true });
  const places = laid(root, folder);
  const up = "../../";
  const config = {
    extends: `${up}tsconfig.test.json`,
    compilerOptions: {
      rootDir: up,
      paths: {
        "@micro-bot/*/plugin": [`${up}packages/*/dist/plugin.d.ts`],
        "@micro-bot/*": [`${up}packages/*/dist/index.d.ts`],
      },
    },
    include: ["**/*.ts"],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/.bin/tsc");
  const { status, stdout } = spawnSync(tsc, ["-p", folder, "--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  for (const line of stdout.split("\n").filter((line) => line !== "")) {
    const [, file = "", row, what] = /^(.+?)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
    const [page, first] = places.get(file)?.split(":") ?? [];
    console.error(page ? `${page}:${Number(first) + Number(row) - 1} ${what}` : line);
  }
  process.exitCode = status ?? 1;
}

if (import.meta.main) main(join(import.meta.dirname, ".."));
