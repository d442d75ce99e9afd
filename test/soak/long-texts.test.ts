import { test } from "vitest";
import { longTexts } from "../../scripts/soak/scenarios/long-texts.ts";
import { expectKept, small } from "./kept.ts";

test("texts that are made to hold up whoever reads them are read to their end", () =>
  expectKept(small(1), longTexts.run));
