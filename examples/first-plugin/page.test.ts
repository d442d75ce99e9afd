import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { pageFiles, pageText } from "./page.ts";

const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");

describe("the plugin of CONTRIBUTING.md", () => {
  test("is what is here, all of it: so it is checked, and run", () => {
    const { "package.json": manifest, ...files } = pageFiles();
    expect(Object.keys(files)).toEqual([
      "tsconfig.json",
      "src/plugin.ts",
      "src/index.ts",
      "micro.link.ts",
      "test/plugin.test.ts",
    ]);
    for (const [file, text] of Object.entries(files)) expect(text, file).toBe(read(file));
    const { private: _, devDependencies, ...published } = JSON.parse(read("package.json"));
    expect(JSON.parse(manifest!)).toEqual(published);
    expect(pageText()).toContain(`npm install --save-dev ${Object.keys(devDependencies).join(" ")}\``);
  });

  test("is found by its link file, and runs from the shell", () => {
    const micro = fileURLToPath(import.meta.resolve("@micro-bot/bot/main"));
    const run = (...words: string[]) =>
      execFileSync(process.execPath, [micro, "--store=memory:", ...words], {
        cwd: import.meta.dirname,
        encoding: "utf8",
      });
    expect(run("shout", "hello")).toBe("HELLO\n");
    expect(run("help")).toContain("shout [text] - Says it louder");
  });
});
