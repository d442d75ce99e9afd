import { test } from "vitest";
import { replicas } from "../../scripts/soak/scenarios/replicas.ts";
import { noNgircd } from "../servers/ngircd.ts";
import { noPostgres } from "../servers/postgres.ts";
import { expectKept, small } from "./kept.ts";

test.skipIf(noNgircd ?? noPostgres)(
  "another bot on the same store takes over from one that is killed, or sleeps",
  () => expectKept({ ...small(2), pauses: 1, pause: 7000 }, replicas),
);
