// Writes docs/inputs.md: what each input was seen to do by its own suite, on its real server. Run it when an input changed.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InputReport } from "../packages/testkit/src/input-report.ts";

const RULE = "what it can do is reported";
const dir = mkdtempSync(join(tmpdir(), "micro-bot-inputs-"));
const file = join(dir, "report");
const suites = globSync("packages/input-*/test/suite.test.ts");
const { status } = spawnSync("node_modules/.bin/vitest", ["run", ...suites, "-t", RULE], {
  stdio: "inherit",
  env: { ...process.env, MICRO_INPUT_REPORT: file },
});
if (status !== 0) process.exit(1);
const reports = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as InputReport)
  .sort((a, b) => (a.name < b.name ? -1 : 1));
rmSync(dir, { recursive: true });

const yes = (is: boolean) => (is ? "yes" : "");
const columns: readonly (readonly [title: string, cell: (report: InputReport) => string])[] = [
  ["input", ({ name }) => name],
  ["assurance", ({ assurance }) => String(assurance)],
  ["threads", ({ threads }) => yes(threads)],
  ["progress in one place", ({ edit }) => yes(edit)],
  ["choices", ({ choices }) => choices],
  ["files", ({ files }) => files],
  ["5,000 letters", ({ long }) => `${long} ${long === 1 ? "message" : "messages"}`],
  ["delivers again", ({ redelivers }) => yes(redelivers)],
  ["looks before sending again", ({ finds }) => yes(finds)],
  ["one of several bots", ({ single }) => yes(single)],
];
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const table = [
  row(columns.map(([title]) => title)),
  row(columns.map(() => "---")),
  ...reports.map((report) => row(columns.map(([, cell]) => cell(report)))),
];

writeFileSync(
  "docs/inputs.md",
  `# Inputs

What each input was seen to do by its suite, on its real server (Slack: on a strict stand-in). \`npx pnpm inputs\` writes it.

${table.join("\n")}

- **assurance**: who says who spoke, of a message in a room of that server: 0 a claim, 1 the network, 2 the platform's signature. On
  IRC a services account is vouched for (1), on XMPP a room may hide addresses (0), by mail it takes a trusted server's word (1).
- **threads**: the reply is in the thread of what it answers. Slack: when there is one.
- **choices**: what a question offers, as buttons or in words.
- **delivers again**: what was not acknowledged comes again, and is known by its id; it is acknowledged when it is in the store.
- **looks before sending again**: a message whose answer was lost, or that a crash left, is first looked for.
- **one of several bots**: of bots that share a store one holds the connection, and another takes over.
`,
);
