import { test } from "vitest";
import { flips } from "../../scripts/soak/scenarios/flips.ts";
import { expectKept, PATIENCE, small } from "./kept.ts";

test("a flipped bit in a bot's file is noticed, or changes nothing", { timeout: PATIENCE }, () =>
  expectKept(small(60), flips.run),
);
