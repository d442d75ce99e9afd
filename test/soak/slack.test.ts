import { test } from "vitest";
import { slackKills } from "../../scripts/soak/scenarios/slack.ts";
import { expectKept, PATIENCE, small } from "./kept.ts";

test(
  "a bot on Slack that is killed answers each message once, or says that it does not know",
  { timeout: PATIENCE },
  () => expectKept(small(4), slackKills.run),
);
