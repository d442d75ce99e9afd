import { test } from "vitest";
import { everyWrite } from "../../scripts/soak/scenarios/every-write.ts";
import { noNgircd } from "../servers/ngircd.ts";
import { expectKept, small } from "./kept.ts";

test.skipIf(noNgircd)("a crash before or after any write of a command's life breaks no promise", () =>
  expectKept({ ...small(1), most: 9 }, everyWrite),
);
