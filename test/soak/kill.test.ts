import { describe, expect, test } from "vitest";
import { isBroken } from "../../scripts/soak/report.ts";
import { kill, killPostgres, killSqlite } from "../../scripts/soak/scenarios/kill.ts";
import { question } from "../../scripts/soak/scenarios/question.ts";
import { Stage } from "../../scripts/soak/stage.ts";
import { noNgircd } from "../servers/ngircd.ts";
import { noPostgres } from "../servers/postgres.ts";
import { expectKept, PATIENCE, small } from "./kept.ts";

describe.skipIf(noNgircd)("a bot that is killed while people talk", { timeout: PATIENCE }, () => {
  test("loses nothing and does nothing twice, on SQLite", () => expectKept(small(4), killSqlite.run));

  test.skipIf(noPostgres)("loses nothing and does nothing twice, on PostgreSQL", () =>
    expectKept(small(4), killPostgres.run),
  );

  test("takes the answer to a question that it asked before", () => expectKept(small(2), question.run));

  test("is found out when it keeps what it accepted in memory", async () => {
    const plan = { ...small(4), patience: 2000 };
    await using stage = await Stage.set(plan);
    const rows = await kill(plan, stage, "memory:");
    expect(rows.filter(isBroken).map(({ what }) => what)).toContain("lost");
  });
});
