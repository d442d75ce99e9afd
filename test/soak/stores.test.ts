import { test } from "vitest";
import { diskFull } from "../../scripts/soak/scenarios/disk-full.ts";
import { outage } from "../../scripts/soak/scenarios/outage.ts";
import { expectKept, small } from "./kept.ts";

test.skipIf(outage.missing)("a database that goes and comes back costs nothing that was accepted", () =>
  expectKept(small(2), outage.run),
);

test.skipIf(diskFull.missing)(
  "a disk that is full is told to people, and has room again: then the bot goes on",
  () => expectKept(small(1), diskFull.run),
);
