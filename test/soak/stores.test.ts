import { describe, test } from "vitest";
import { diskFull } from "../../scripts/soak/scenarios/disk-full.ts";
import { outage } from "../../scripts/soak/scenarios/outage.ts";
import { expectKept, PATIENCE, small } from "./kept.ts";

describe("a bot whose store fails it", { timeout: PATIENCE }, () => {
  test.skipIf(outage.missing)("keeps what it accepted while the database goes and comes back", () =>
    expectKept(small(2), outage.run),
  );

  test.skipIf(diskFull.missing)("tells people that the disk is full, and goes on when there is room", () =>
    expectKept(small(1), diskFull.run),
  );
});
