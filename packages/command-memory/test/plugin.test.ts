import { type Command, type Context, contentOf, memoryIn, memoryStore } from "@micro-bot/core";
import { event, fakeContext, testCommand } from "@micro-bot/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forget, memories, memory, recall, remember } from "../src/plugin.ts";

function room() {
  const part = memoryIn(memoryStore());
  const own = memoryIn(memoryStore());
  return async (command: Command, text: string, person = "ann"): Promise<string> => {
    const said = event({ data: text, person, time: Date.UTC(2026, 0, 2, 3, 4) });
    const ctx: Context = fakeContext({
      event: said,
      memory: { room: part, person: own, command: own, bot: own },
    });
    const answer = await command.exec(text.split(" "), ctx);
    return contentOf(answer as string).data;
  };
}

describe("a room", () => {
  test("remembers, recalls with who said it and when, and forgets", async () => {
    const say = room();
    expect(await say(remember(), "remember on call is Ann, then Bob")).toBe(
      "I will remember that on call is Ann, then Bob",
    );
    expect(
      await say(
        recall(() => "Europe/Berlin"),
        "recall ON  Call",
        "bob",
      ),
    ).toBe("on call is Ann, then Bob (ann, Fri 2 Jan 2026 at 04:04 (Europe/Berlin, UTC+1))");
    expect(await say(remember(), "remember On Call is Bob", "bob")).toBe(
      "I will remember that On Call is Bob; it was Ann, then Bob",
    );
    expect(await say(forget(), "forget on call")).toBe("forgotten: On Call was Bob");
    expect(
      await say(
        recall(() => "Europe/Berlin"),
        "recall on call",
      ),
    ).toContain("I remember nothing of 'on call' here");
    expect(await say(forget(), "forget on call")).toContain("I remember nothing");
  });

  test("lists what it remembers, in order, by prefix, and no more than fits", async () => {
    const say = room();
    expect(await say(memories(), "memories")).toBe("I remember nothing here yet");
    for (const key of ["deploy host", "Deploy day", "on call"])
      await say(remember(), `remember ${key} is x y`);
    expect(await say(memories(), "memories")).toBe("Deploy day is x y\ndeploy host is x y\non call is x y");
    expect(await say(memories(), "memories dep")).toBe("Deploy day is x y\ndeploy host is x y");
    expect(await say(memories(), "memories z")).toBe("I remember nothing here that begins with 'z'");
    for (let i = 0; i < 40; i++) await say(remember(), `remember k${i} is ${"v".repeat(200)}`);
    const list = (await say(memories(), "memories")).split("\n");
    expect(list).toHaveLength(31);
    expect(list.at(-1)).toContain("and more");
  });

  test("keeps any value as it was typed", async () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
      .filter((value) => value.trim() !== "");
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const say = room();
        await say(remember(), `remember k is ${value}`);
        expect(
          await say(
            recall(() => "Europe/Berlin"),
            "recall K",
          ),
        ).toContain(`k is ${value.trim()} (`);
      }),
    );
  });
});

const patterns = Object.entries(memory());
const examples = {
  remember: [
    { say: "remember a is b", answers: "I will remember that a is b" },
    { say: "remember a", throws: "invalid" },
  ],
  recall: [
    { say: "recall a", answers: /nothing of 'a'/ },
    { say: "recall", throws: "invalid" },
  ],
  forget: [
    { say: "forget a", answers: /nothing of 'a'/ },
    { say: `forget ${"a".repeat(200)}`, throws: "invalid" },
  ],
  memories: [{ say: "memories", answers: "I remember nothing here yet" }],
} as const;
for (const [pattern, { name }] of patterns)
  testCommand({
    name,
    pattern,
    create: () => memory()[pattern]!,
    examples: examples[name as keyof typeof examples] as never,
  });
