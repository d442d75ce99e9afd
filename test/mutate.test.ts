import { describe, expect, test } from "vitest";
import { mutate } from "../scripts/mutate/run.ts";
import { targets } from "../scripts/mutate/targets.ts";
import { noProsody } from "./servers/prosody.ts";

/** Frames of each input; the long run is `npm run mutate`. */
const FRAMES: Readonly<Record<string, number>> = {
  irc: 10_000,
  slack: 2000,
  "slack-http": 1000,
  xmpp: 2000,
  mail: 300,
  imap: 200,
};
const SEED = 1;

describe("broken frames do no harm to", () => {
  for (const [name, target] of targets) {
    // Its certificates are made by openssl, which comes with what Prosody needs.
    const missing = name === "xmpp" && noProsody !== undefined;
    test.skipIf(missing)(name, { timeout: 180_000 }, async () => {
      const outcome = await mutate({ target, frames: FRAMES[name]!, seed: SEED });
      expect(outcome.faults).toEqual([]);
      expect(outcome).toMatchObject({ frames: FRAMES[name]!, exits: 0, deaf: 0 });
      // Some of what was said was understood: nobody talked to a wall.
      expect(outcome.heard).toBeGreaterThan(10);
    });
  }
});
