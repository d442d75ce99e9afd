import { type Assurance, type Event, type Match, memoryStore, newCommand, type Turn } from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { access } from "../src/plugin.ts";

const change = newCommand("change", "change", "", () => "", { access: "operator" });
const read = newCommand("read", "read", "", () => "");

async function ask(
  operators: readonly string[],
  who: { input?: string; person?: string; assurance?: Assurance },
  command = change,
): Promise<string> {
  const stream = access();
  stream.init!({
    flags: () => ({ operators }) as never,
    log: undefined as never,
    store: memoryStore(),
    redact: (text) => text,
    commands: () => [],
  });
  const { input = "irc", person = "alice", assurance = 1 } = who;
  const from = { input, room: "#ops", person };
  const event = { from, to: from, assurance } as unknown as Event;
  const match: Match = { kind: "command", pattern: "^x", command, args: [] };
  let ran = "";
  await stream.receive!({ event, match } as unknown as Turn, async () => {
    ran = "ran";
  });
  return ran;
}

describe("access", () => {
  test("leaves reading open to anyone", async () => {
    expect(await ask([], { assurance: 0 }, read)).toBe("ran");
  });

  test("lets an operator in whom the network vouches for, in any room", async () => {
    expect(await ask(["irc:alice"], {})).toBe("ran");
    expect(await ask(["slack:U1", "irc:#x?person=alice"], {})).toBe("ran");
  });

  test("lets in whoever started the bot, at its terminal and from the shell", async () => {
    expect(await ask([], { input: "console", assurance: 2 })).toBe("ran");
    expect(await ask([], { input: "shell", assurance: 2 })).toBe("ran");
  });

  test("says which flag and value would let this person in", async () => {
    await expect(ask([], {})).rejects.toMatchObject({
      code: "denied",
      message: "change is for operators. You would need --operators=irc:alice",
    });
    await expect(ask([], { assurance: 0 })).rejects.toThrow(
      "--operators=irc:alice and an account that irc vouches for",
    );
  });

  test.each([
    ["a bare nick that is an operator's", { assurance: 0 as const }],
    ["the same name on another network", { input: "xmpp" }],
    ["another letter case", { person: "Alice" }],
    ["a name that begins alike", { person: "alice2" }],
    ["a network that calls itself console", { input: "console", assurance: 1 as const }],
  ])("keeps out %s", async (_what, who) => {
    await expect(ask(["irc:alice"], who)).rejects.toMatchObject({ code: "denied" });
  });

  test("stops the program at start for an operator that cannot be read", async () => {
    await expect(ask(["alice"], {})).rejects.toMatchObject({
      code: "config",
      message: expect.stringMatching(/^\[stream-access\] operators: address 'alice' cannot be read/),
    });
  });
});
