import { describe, test } from "vitest";
import { everyWrite } from "../../scripts/soak/scenarios/every-write.ts";
import { noNgircd } from "../servers/ngircd.ts";
import { expectKept, PATIENCE, small } from "./kept.ts";

describe.skipIf(noNgircd)("a crash", { timeout: PATIENCE }, () => {
  test("before or after any write of a command's life breaks no promise", () =>
    expectKept({ ...small(1), most: 9 }, everyWrite));
});
