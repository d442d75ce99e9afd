import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Files by path; an object is written as JSON, and `undefined` takes a file away. */
export type Files = Readonly<Record<string, string | object | undefined>>;

/** A workspace on disk for one test. */
export function workspace(...layers: readonly Files[]): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "micro-bot-scripts-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [file, content] of Object.entries(Object.assign({}, ...layers) as Files)) {
    if (content === undefined) continue;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(
      join(root, file),
      typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`,
    );
  }
  return root;
}

/** A plugin's package.json as it should be, with some fields changed. */
export function manifest(folder: string, changed: object = {}): object {
  return {
    name: `@micro-bot/${folder}`,
    version: "0.1.0",
    description: "A plugin",
    license: "MIT",
    type: "module",
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./plugin": { types: "./dist/plugin.d.ts", default: "./dist/plugin.js" },
    },
    sideEffects: ["./dist/index.js"],
    files: ["dist"],
    engines: { node: ">=22.13" },
    peerDependencies: { "@micro-bot/core": "workspace:^" },
    devDependencies: { "@micro-bot/core": "workspace:*" },
    ...changed,
  };
}

/** A package that the scripts find nothing wrong with. */
export function goodPackage(folder: string): Files {
  const dir = `packages/${folder}`;
  const name = `@micro-bot/${folder}`;
  return {
    [`${dir}/package.json`]: manifest(folder),
    [`${dir}/tsconfig.json`]:
      '{ "extends": "../../tsconfig.base.json", "references": [{ "path": "../core" }] }\n',
    [`${dir}/README.md`]: `# ${name}\n\nnpm install ${name}\n\nimport "${name}";\n\n<!-- flags -->\n<!-- /flags -->\n\nMIT\n`,
    [`${dir}/src/index.ts`]: 'import { inputs } from "@micro-bot/core";\nimport "./plugin.ts";\n',
    [`${dir}/src/plugin.ts`]: 'import type { Input } from "@micro-bot/core";\n',
    [`${dir}/src/conn.ts`]: 'import { connect } from "node:net";\n',
    [`${dir}/test/plugin.test.ts`]: 'import { test } from "vitest";\nimport "../src/index.ts";\n',
  };
}

export const ROOT: Files = {
  "package.json": {
    name: "root",
    private: true,
    devDependencies: { vitest: "5.1.1", "fast-check": "4.10.2" },
  },
};
