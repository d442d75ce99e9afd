import { describe, expect, test } from "vitest";
import { shapeFaults } from "../../scripts/shape.ts";
import { type Files, goodPackage, manifest, ROOT, workspace } from "./workspace.ts";

const DIR = "packages/input-irc";
const GOOD = goodPackage("input-irc");

function faults(changed: Files = {}): string[] {
  return shapeFaults(workspace(ROOT, GOOD, changed)).map(
    ({ file, what, instead }) => `${file}: ${what}: ${instead}`,
  );
}

const readme = (from: string | RegExp, to: string): Files => ({
  [`${DIR}/README.md`]: (GOOD[`${DIR}/README.md`] as string).replace(from, to),
});
const fields = (changed: object): Files => ({ [`${DIR}/package.json`]: manifest("input-irc", changed) });

describe("the shape of a package", () => {
  test("that is as it should be has no faults", () => {
    expect(faults()).toEqual([]);
  });

  test.each([
    "tsconfig.json",
    "README.md",
    "src/index.ts",
    "src/plugin.ts",
    "src/conn.ts",
    "test/plugin.test.ts",
  ])("needs %s", (file) => {
    expect(faults({ [`${DIR}/${file}`]: undefined })).toEqual([
      `${DIR}/${file}: is missing: every input package has it`,
    ]);
  });

  test("may publish schemas", () => {
    expect(faults(fields({ files: ["dist", "rules.schema.json"] }))).toEqual([]);
  });

  test("needs src/conn.ts in inputs only", () => {
    const { "packages/command-x/src/conn.ts": _, ...command } = goodPackage("command-x");
    expect(faults(command)).toEqual([]);
  });

  test("needs src/conn.ts only where the input has a connection of its own", () => {
    const profile = fields({ dependencies: { "@micro-bot/input-xmpp": "workspace:^" } });
    expect(faults({ ...profile, [`${DIR}/src/conn.ts`]: undefined })).toEqual([]);
  });

  test.each<[what: string, changed: object, says: RegExp]>([
    ["name", { name: "@micro-bot/irc" }, /name is not as in its kind: write "@micro-bot\/input-irc"/],
    ["license", { license: "ISC" }, /license is not/],
    ["type", { type: "commonjs" }, /type is not/],
    ["engines", { engines: { node: ">=20" } }, /engines is not .*>=22\.13/],
    ["exports", { exports: { ".": "./dist/index.js" } }, /exports is not/],
    [
      "sideEffects",
      { sideEffects: false },
      /sideEffects is not as in its kind: write \["\.\/dist\/index\.js"\]/,
    ],
    ["files", { files: ["dist", "src"] }, /files is not/],
    ["description", { description: "" }, /has no description/],
    ["version", { version: undefined }, /has no version/],
    ["peer", { peerDependencies: { "@micro-bot/core": "^1.0.0" } }, /is no peer of core/],
    ["core to build with", { devDependencies: {} }, /has no core to build with/],
    ["no dependency on core", { dependencies: { "@micro-bot/core": "workspace:^" } }, /depends on core/],
    [
      "exact versions",
      { dependencies: { "left-pad": "^1.0.0" } },
      /left-pad is '\^1\.0\.0': give its exact version/,
    ],
  ])("has the right %s", (_what, changed, says) => {
    const said = faults(fields(changed)).filter((line) => !line.includes("README"));
    expect(said).toEqual([expect.stringMatching(says)]);
  });

  test.each<[what: string, changed: Files, says: RegExp]>([
    ["title", readme("# @micro-bot/input-irc", "# IRC"), /its name as title/],
    ["install line", readme(/npm install.*/, ""), /how to install it/],
    ["import line", readme(/import .*/, ""), /the line that links it/],
    ["flag markers", readme("<!-- /flags -->", ""), /the markers/],
    ["licence", readme("MIT", ""), /its licence/],
    ["length", readme("MIT", `MIT${"\n".repeat(90)}`), /no more than 80 lines/],
  ])("has a README with the right %s", (_what, changed, says) => {
    expect(faults(changed)).toEqual([expect.stringMatching(says)]);
  });

  test("extends the common tsconfig", () => {
    expect(faults({ [`${DIR}/tsconfig.json`]: "{}" })).toEqual([
      expect.stringMatching(/has settings of its own: extend/),
    ]);
  });

  test("registers in a few lines", () => {
    expect(faults({ [`${DIR}/src/index.ts`]: "f();\n".repeat(13) })).toEqual([
      expect.stringMatching(/index\.ts: has 13 lines: it registers the plugin in 12 or fewer/),
    ]);
  });
});
