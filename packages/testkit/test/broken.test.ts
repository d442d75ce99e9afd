import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandRules, testCommand } from "../src/command.ts";
import { inputRules, testInput } from "../src/input.ts";
import { registryRules, testRegistry } from "../src/registry.ts";
import { storeRules, testStore } from "../src/store.ts";
import { streamRules, testStream } from "../src/stream.ts";
import { goodCommand } from "./good/command.ts";
import { goodInput } from "./good/input.ts";
import { goodRegistry } from "./good/registry.ts";
import { goodStore } from "./good/store.ts";
import { goodStream } from "./good/stream.ts";

interface Tried {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

const kinds: Readonly<Record<string, readonly string[]>> = {
  command: commandRules,
  input: inputRules,
  registry: registryRules,
  store: storeRules,
  stream: streamRules,
};

let folder: string;
let tried: readonly Tried[];
let output = "";

// One run of the runner in a process of its own, as its tests are meant to fail.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "testkit-"));
  const report = join(folder, "report.json");
  const runner = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const config = join(import.meta.dirname, "broken/vitest.config.ts");
  const args = [runner, "run", `--config=${config}`, "--reporter=json", `--outputFile=${report}`];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const pipe of [child.stdout, child.stderr])
    pipe.on("data", (data) => {
      output += data;
    });
  await once(child, "close");
  const { testResults } = JSON.parse(await readFile(report, "utf8").catch(() => "{}"));
  tried = (testResults ?? []).flatMap((file: { assertionResults: Tried[] }) => file.assertionResults);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

for (const [kind, rules] of Object.entries(kinds)) {
  describe(`a broken ${kind}`, () => {
    test.for(rules)("fails the rule: %s", (rule) => {
      const result = tried.find(
        (one) => one.ancestorTitles.includes(`broken ${kind} <${rule}>`) && one.title === rule,
      );
      expect(result, `a broken ${kind} for this rule was tried\n${output}`).toBeDefined();
      expect(result!.status).toBe("failed");
      expect(result!.failureMessages.join("\n")).toMatch(/./);
    });
  });
}

const suites: Readonly<Record<string, (skip: Record<string, string>) => void>> = {
  command: (skip) => testCommand({ ...goodCommand(), skip }),
  input: (skip) => testInput({ ...goodInput(), skip }),
  registry: (skip) => testRegistry({ ...goodRegistry(), skip }),
  store: (skip) => testStore({ ...goodStore(), skip }),
  stream: (skip) => testStream({ ...goodStream(), skip }),
};

test.for(Object.keys(suites))("skip in the suite of a %s refuses unknown rules and empty reasons", (kind) => {
  expect(() => suites[kind]!({ "no such rule": "a reason" })).toThrow(/'no such rule'.*no such rule/);
  expect(() => suites[kind]!({ [kinds[kind]![0]!]: " " })).toThrow(/no reason/);
});
