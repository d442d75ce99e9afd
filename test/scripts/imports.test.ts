import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importFaults } from "../../scripts/imports.ts";
import { type Import, parseImports } from "../../scripts/parse-imports.ts";
import { type Files, goodPackage, manifest, ROOT, workspace } from "./workspace.ts";

const CORE: Files = {
  "packages/core/package.json": { name: "@micro-bot/core" },
  "packages/core/src/index.ts": 'export { a } from "./a.ts";\n',
};
const GOOD: readonly Files[] = [ROOT, CORE, goodPackage("input-irc"), goodPackage("input-xmpp")];
const PLUGIN = "packages/input-irc/src/plugin.ts";
const TEST = "packages/input-irc/test/plugin.test.ts";

function faults(...layers: readonly Files[]): string[] {
  return importFaults(workspace(...GOOD, ...layers)).map(
    ({ file, line, what, instead }) => `${file}:${line}: ${what}: ${instead}`,
  );
}

function depends(...names: readonly string[]): object {
  return manifest("input-irc", { dependencies: Object.fromEntries(names.map((name) => [name, "1.0.0"])) });
}

const IRC = "packages/input-irc/package.json";

describe("imports", () => {
  test("of a good workspace have no faults", () => {
    expect(faults()).toEqual([]);
  });

  test.each<[rule: string, file: string, source: string, says: RegExp]>([
    [
      "core imports nothing",
      "packages/core/src/a.ts",
      'import "node:fs";',
      /a\.ts:1: imports node:fs: core imports nothing/,
    ],
    [
      "a plugin never imports the engine",
      PLUGIN,
      '\nimport "@micro-bot/engine";',
      /plugin\.ts:2: .*engine: take what/,
    ],
    ["nor its types", PLUGIN, 'import type { Bot } from "@micro-bot/engine";', /imports @micro-bot\/engine/],
    ["nor does its test", TEST, 'import "@micro-bot/engine";', /imports @micro-bot\/engine/],
    [
      "a plugin never imports another's root",
      PLUGIN,
      'import "@micro-bot/input-xmpp";',
      /import @micro-bot\/input-xmpp\/plugin/,
    ],
    [
      "only the service plugins import micro",
      PLUGIN,
      'import "@micro-bot/micro";',
      /only command-micro, stream-server, stream-services/,
    ],
    ["the test kit is for tests", PLUGIN, 'import "@micro-bot/testkit";', /the test kit is for tests/],
    [
      "a package imports its own files only",
      PLUGIN,
      'import "../../core/src/a.ts";',
      /outside its package: import the other/,
    ],
    [
      "src does not import the servers of tests",
      PLUGIN,
      'import "../../../test/a.ts";',
      /outside its package/,
    ],
    ["a plugin does not register itself", PLUGIN, 'import "./index.ts";', /which registers the plugin/],
    [
      "an import is declared",
      PLUGIN,
      'import "left-pad/x";',
      /imports left-pad\/x, which .* not declare: add it to dependencies/,
    ],
    [
      "a test's too",
      TEST,
      'import "left-pad";',
      /which package\.json does not declare: add it to devDependencies/,
    ],
  ])("%s", (_rule, file, source, says) => {
    expect(faults({ [file]: source })[0]).toMatch(says);
  });

  test("a heavy library is loaded when it is needed", () => {
    const heavy = (source: string) => faults({ [PLUGIN]: source, [IRC]: depends("irc-framework") });
    expect(heavy('import { Client } from "irc-framework";')).toEqual([
      expect.stringMatching(/plugin\.ts:1: loads irc-framework at import: use import type/),
    ]);
    // With verbatimModuleSyntax this one is still loaded.
    expect(heavy('import { type Client } from "irc-framework";')).toHaveLength(1);
    expect(heavy('import type { Client } from "irc-framework";')).toEqual([]);
    expect(heavy('export const load = () => import("irc-framework");')).toEqual([]);
  });

  test("patterns are read by one library wherever people write them", () => {
    const both = {
      [PLUGIN]: 'import "re2js";',
      [IRC]: depends("re2js"),
      "packages/input-xmpp/src/plugin.ts": 'import "re2js";',
      "packages/input-xmpp/package.json": manifest("input-xmpp", { dependencies: { re2js: "1.0.0" } }),
    };
    expect(faults(both)).toEqual([]);
  });

  test("a library enters through one package", () => {
    const both = {
      [PLUGIN]: 'import "left-pad";',
      [IRC]: depends("left-pad"),
      "packages/input-xmpp/src/plugin.ts": 'import "left-pad";',
      "packages/input-xmpp/package.json": manifest("input-xmpp", { dependencies: { "left-pad": "1.0.0" } }),
    };
    expect(faults(both)).toEqual([
      expect.stringMatching(/^packages\/input-xmpp.*imports left-pad, as input-irc does: .* use input-irc/),
    ]);
  });

  test("what is declared is imported", () => {
    expect(faults({ [IRC]: depends("left-pad") })).toEqual([
      expect.stringMatching(
        /^packages\/input-irc\/package\.json:\d+: declares left-pad, which nothing imports: remove it/,
      ),
    ]);
  });

  test("a plugin may build on a sibling's plugin entry, and use the test kit in tests", () => {
    const both = {
      [PLUGIN]: 'import "@micro-bot/input-xmpp/plugin";',
      [TEST]: 'import "@micro-bot/testkit";',
      [IRC]: manifest("input-irc", {
        dependencies: { "@micro-bot/input-xmpp": "workspace:^" },
        devDependencies: { "@micro-bot/core": "workspace:*", "@micro-bot/testkit": "workspace:*" },
      }),
    };
    expect(faults(both)).toEqual([]);
  });

  test("a test may start the workspace's servers", () => {
    expect(faults({ [TEST]: 'import "../../../test/servers/a.ts";' })).toEqual([]);
  });

  test("an app imports what it likes, and provides the peers of its plugins", () => {
    const app = {
      "apps/bot/package.json": {
        name: "@micro-bot/bot",
        dependencies: { "@micro-bot/core": "workspace:^", "@micro-bot/input-irc": "workspace:^" },
      },
      "apps/bot/src/plugins.ts": 'import "@micro-bot/input-irc";',
    };
    expect(faults(app)).toEqual([]);
  });
});

describe("parsing imports", () => {
  test("tells every way and line", () => {
    const source = [
      'import a from "a";',
      'import type { B } from "b";',
      'export * from "c";',
      'export type { D } from "d";',
      'const e: import("e").E = await import("f");',
      "// import 'g';",
      "const text = `",
      'import "h";',
      "`;",
      'import.meta.resolve("i");',
    ].join("\n");
    const { imports, strings } = parseImports(source);
    expect(imports).toEqual([
      { specifier: "a", way: "static", line: 1 },
      { specifier: "b", way: "type", line: 2 },
      { specifier: "c", way: "static", line: 3 },
      { specifier: "d", way: "type", line: 4 },
      { specifier: "e", way: "type", line: 5 },
      { specifier: "f", way: "dynamic", line: 5 },
    ]);
    expect(strings.has("i")).toBe(true);
  });

  test("finds each import among anything else", () => {
    const specifier = fc.stringMatching(/^(@[a-z]{1,5}\/|\.\/|node:)?[a-z]{1,9}(\.ts)?$/);
    const forms: Readonly<Record<Import["way"], (name: string) => string>> = {
      static: (name) => `import { x } from ${JSON.stringify(name)};`,
      type: (name) => `export type { x } from '${name}';`,
      dynamic: (name) => `await import(${JSON.stringify(name)});`,
    };
    const way = fc.constantFrom<Import["way"]>("static", "type", "dynamic");
    const noise = fc.constantFrom(
      "",
      "const s = 'import \"x\"';",
      "// import 'x'",
      "/* import 'x'; */ f();",
      "`import 'ü'`;",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, way, specifier)), (lines) => {
        const source = lines.map(([noise, way, name]) => `${noise}\n${forms[way](name)}`).join("\n");
        const found = lines.map(([, way, name], index) => ({ specifier: name, way, line: 2 * index + 2 }));
        expect(parseImports(source.replaceAll("{ x }", "{}")).imports).toEqual(found);
      }),
    );
  });

  test("refuses what is no TypeScript", () => {
    expect(() => parseImports("import from from;;(")).toThrow();
  });
});
