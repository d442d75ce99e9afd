import { describe, expect, test } from "vitest";
import { type Identity, identities, REAL } from "./corpus/identities.ts";
import { begin, type Running } from "./support.ts";

const RULES = `
people:
  alice: [slack:U0ALICE, irc:alice, "email:alice@example.com"]
  bob: [slack:U0BOB, irc:bob]
  carol: [xmpp:carol@example.com, "irc:op\ufffd"]
roles:
  lead: [alice, bob, carol]
rules:
  - command: deploy
    allow: [lead, operators]
    rooms: ["irc:#f0", direct]
  - command: launch
    allow: [lead, operators]
  - command: rotate
    allow: [lead, operators]
    assurance: 2
  - command: read
    deny: lead
`;
/** What none of them may do; wipe is for operators by the default. */
const GUARDED = ["launch it", "rotate it", "deploy it", "wipe it"];
const REFUSED = /^not done: |^I know no command/u;

let count = 0;

async function says({ net }: Running, who: Identity, text: string): Promise<string> {
  const { input, person, assurance, meta = {}, before = "", room = `#f${++count}` } = who;
  const from = { input, room, ...(person !== undefined && { person }) };
  net[input]!.say(`${before}${text}`, { from, to: { input, room, person: "micro" }, assurance, meta });
  return (await net[input]!.hear()).data;
}

describe("a forged identity", () => {
  test(`of ${identities.length} is none that runs what is guarded, and each is told`, async () => {
    expect(identities.length).toBeGreaterThanOrEqual(300);
    const bot = begin({ rules: RULES, operators: ["irc:op"] });
    for (const who of identities)
      for (const text of GUARDED) {
        const told = await says(bot, who, text);
        expect.soft(bot.ran.splice(0), `${JSON.stringify(who)}: ${text}`).toEqual([]);
        expect.soft(told, `${JSON.stringify(who)}: ${text}`).toMatch(REFUSED);
      }
  });

  test("is none of a kind by the flag alone, without a file", async () => {
    const operators = REAL.map(([input, person]) => `${input}:${person}`);
    const bot = begin({ operators, file: "none" });
    await says(bot, { kind: "real", input: "irc", person: "alice", assurance: 1 }, "wipe it");
    expect(bot.ran.splice(0)).toEqual(["wipe it"]);
    for (const who of identities)
      expect.soft(await says(bot, who, "wipe it"), JSON.stringify(who)).toMatch(REFUSED);
    expect(bot.ran).toEqual([]);
  });

  test("is told from the real ones, who may", async () => {
    const bot = begin({ rules: RULES, operators: ["irc:op"] });
    for (const [input, person] of REAL)
      await says(bot, { kind: "real", input, person, assurance: 1 }, "launch it");
    await says(bot, { kind: "real", input: "irc", person: "op", assurance: 1 }, "wipe it");
    await says(bot, { kind: "real", input: "slack", person: "U0BOB", assurance: 2 }, "rotate it");
    expect(bot.ran).toEqual([...REAL.map(() => "launch it"), "wipe it", "rotate it"]);
  });

  test("does not get round a refusal to somebody by being nobody", async () => {
    const bot = begin({ rules: RULES });
    expect(await says(bot, { kind: "lead", input: "irc", person: "bob", assurance: 1 }, "read it")).toMatch(
      REFUSED,
    );
    expect(
      await says(bot, { kind: "nobody", input: "irc", person: "bob2", assurance: 0 }, "read it"),
    ).toMatch(REFUSED);
    expect(await says(bot, { kind: "another", input: "irc", person: "zoe", assurance: 1 }, "read it")).toBe(
      "did read it",
    );
  });
});
