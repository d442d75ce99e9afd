import { expect, test } from "vitest";
import { snippetsOf } from "../../scripts/snippets.ts";

const FENCE = "```";
const PAGE = `# A page

A file \`src/plugin.ts\`:

${FENCE}ts
export const one = 1;
${FENCE}

${FENCE}sh
npm test
${FENCE}

1. In a list, and in no file:

   ${FENCE}ts
   const two = [
     2,
   ];
   ${FENCE}
`;

test("the ts blocks of a page are files, named by the words before them, and know their line", () => {
  expect(snippetsOf(PAGE)).toEqual([
    { file: "src/plugin.ts", line: 6, code: "export const one = 1;\n" },
    { file: "block-2.ts", line: 16, code: "const two = [\n  2,\n];\n" },
  ]);
});

test("a page without code has none", () => {
  expect(snippetsOf("# Words\n\n`x.ts` alone.\n")).toEqual([]);
});
