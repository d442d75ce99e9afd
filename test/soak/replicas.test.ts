import { describe, test } from "vitest";
import { replicas } from "../../scripts/soak/scenarios/replicas.ts";
import { noNgircd } from "../servers/ngircd.ts";
import { noPostgres } from "../servers/postgres.ts";
import { expectKept, PATIENCE, small } from "./kept.ts";

describe.skipIf(noNgircd ?? noPostgres)("several bots on one store", { timeout: PATIENCE }, () => {
  test("take over from one that is killed, or sleeps", () =>
    expectKept({ ...small(2), pauses: 1, pause: 7000 }, replicas));
});
