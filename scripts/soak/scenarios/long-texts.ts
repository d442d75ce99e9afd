import { setImmediate as nextTurn } from "node:timers/promises";
import { READERS } from "../../../test/corpus/long.ts";
import type { Row } from "../report.ts";
import type { Scenario } from "../stage.ts";

/** Characters of a text, for each run. */
const LENGTH = 100_000;
/** Of a megabyte, in milliseconds: square time would be minutes. */
const MOST_MS = 5000;

/** How long everything that reads what outsiders write takes for texts that are made to hold it up. */
export const longTexts: Scenario = {
  name: "long-texts",
  about: "texts of so many times 100,000 characters that are made to hold up whoever reads them",
  runs: 10,
  async run({ runs, tell }) {
    const rows: Row[] = [];
    let read = 0;
    for (const reader of READERS) {
      let longest = { ms: 0, unit: "" };
      for (const unit of reader.units) {
        const text = unit.repeat((runs * LENGTH) / unit.length);
        const began = performance.now();
        reader.read(text);
        const ms = performance.now() - began;
        if (ms > longest.ms) longest = { ms, unit };
        read++;
        await nextTurn();
      }
      tell(`${reader.name}: ${Math.round(longest.ms)} ms for ${JSON.stringify(longest.unit)}`);
      rows.push({ what: reader.name, value: Math.round(longest.ms), unit: "ms", atMost: MOST_MS });
    }
    return [{ what: "texts read", value: read, atLeast: 70 }, ...rows];
  },
};
