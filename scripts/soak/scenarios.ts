import { diskFull } from "./scenarios/disk-full.ts";
import { everyWriteFull } from "./scenarios/every-write.ts";
import { flips } from "./scenarios/flips.ts";
import { killPostgres, killSqlite } from "./scenarios/kill.ts";
import { longTexts } from "./scenarios/long-texts.ts";
import { outage } from "./scenarios/outage.ts";
import { question } from "./scenarios/question.ts";
import { replicasFull } from "./scenarios/replicas.ts";
import { schedules } from "./scenarios/schedules.ts";
import { slackKills } from "./scenarios/slack.ts";
import type { Scenario } from "./stage.ts";

/** All kinds of trouble there are, by name. */
export const scenarios: ReadonlyMap<string, Scenario> = new Map(
  [
    killSqlite,
    killPostgres,
    everyWriteFull,
    question,
    replicasFull,
    outage,
    diskFull,
    flips,
    schedules,
    slackKills,
    longTexts,
  ].map((scenario) => [scenario.name, scenario]),
);
