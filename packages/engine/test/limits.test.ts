import { type Event, type Match, newCommand } from "@micro-bot/core";
import { event } from "@micro-bot/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BotLoops } from "../src/line/bot-loop.ts";
import { Buckets } from "../src/line/buckets.ts";
import { disguise } from "../src/line/disguise.ts";
import { Limits } from "../src/line/limits.ts";
import { whoOf } from "../src/line/who.ts";
import { lives } from "./many.ts";
import type { Network } from "./network.ts";

describe("rates", () => {
  const none = { kind: "none" } as const;
  const limits = () => new Limits({ rate: 10, room_rate: 15, command_rate: 20, max_text: 100 });

  test("hold back one person, one room and one command, each for itself", () => {
    const all = limits();
    const say = (person: string, room: string) => rate(all, { person, room }, command);
    for (let i = 0; i < 10; i++) expect(say("alice", "#a")).toBeUndefined();
    expect(say("alice", "#b")).toBe("too fast: I take 10 commands a minute from one person");
    for (let i = 0; i < 5; i++) expect(say("bob", "#a")).toBeUndefined();
    expect(say("bob", "#a")).toBe("too fast: I take 15 commands a minute in one room");
    for (let i = 0; i < 5; i++) expect(say("carol", "#c")).toBeUndefined();
    expect(say("carol", "#c")).toBe("too fast: ping is run at most 20 times a minute");
  });

  test("of a room and a command are not used up by names that nobody vouches for", () => {
    const all = limits();
    for (let i = 0; i < 100; i++) rate(all, { person: `nick${i}`, room: "#a", assurance: 0 }, command);
    expect(rate(all, { person: "nick", room: "#a", assurance: 0 }, command)).toMatch(/in one room/u);
    expect(rate(all, { person: "alice", room: "#a" }, command)).toBeUndefined();
  });

  test("are told once, until something passes", () => {
    const all = limits();
    const alice = whoOf(event());
    expect([all.refuse(alice), all.refuse(alice)]).toEqual([true, false]);
    all.passed(alice);
    expect(all.refuse(alice)).toBe(true);
    expect(all.rate(alice, event(), none, 0)).toBeUndefined();
  });

  test("give no more than their rate and what was saved, whatever the times", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120_000), { minLength: 1, maxLength: 200 }), (gaps) => {
        const buckets = new Buckets(10);
        let now = 0;
        let taken = 0;
        for (const gap of gaps) {
          now += gap;
          if (buckets.take("a", now)) taken++;
        }
        expect(taken).toBeLessThanOrEqual(10 + (now / 60_000) * 10);
      }),
    );
  });
});

/** Why an event is refused for its rate, at the beginning of time. */
function rate(limits: Limits, said: Parameters<typeof event>[0], match: Match): string | undefined {
  return limits.rate(whoOf(event(said)), event(said), match, 0);
}

const command = {
  kind: "command",
  pattern: "",
  command: newCommand("ping", "ping", "", () => ""),
  args: [],
} as const;

function hear(loops: BotLoops, said: Event, match: Match, now: number): string | undefined {
  return loops.hear(whoOf(said), said, match, now);
}

describe("two bots that answer each other", () => {
  test("are cut off after five answers, of which the last says so", async () => {
    const { net } = lives().begin({ commands: { echo: (_args, { rest }) => `you said: ${rest}` } });
    net.say("echo hello there");
    const heard: string[] = [];
    // The other one says back whatever it is told.
    for (let i = 0; i < 5; i++) {
      const { data } = await net.heard();
      heard.push(data);
      net.say(`echo ${data}`);
    }
    net.say("echo me again", { person: "bob" });
    expect((await net.heard()).data).toBe("you said: me again");
    expect(heard.at(-1)).toMatch(/two bots/);
    expect(net.messages).toHaveLength(6);
  });

  test("are cut off when both are this bot", async () => {
    const [a, b] = [lives().begin().net, lives().begin().net];
    pass(a, b);
    pass(b, a);
    a.say("what is up?");
    await Promise.race([until(a, /two bots/), until(b, /two bots/)]);
    b.say("ping", { person: "bob" });
    await until(b, /'ping'/);
    expect(a.messages.length + b.messages.length).toBeLessThanOrEqual(11);
  });

  test("are not a person who reads, or asks the same again later", () => {
    const loops = new BotLoops();
    for (let i = 0; i < 100; i++) {
      const now = i * 2000;
      expect(hear(loops, event({ data: "status" }), command, now)).toBeUndefined();
      loops.answer(whoOf(event()), "all is well with me", now + 50);
    }
  });

  /** How many of these texts, each so many milliseconds after the last answer, are answered before the silence. */
  function answered(texts: readonly string[], after: number, assurance: 0 | 1 | 2): number {
    const loops = new BotLoops();
    let now = 0;
    const muted = texts.findIndex((data) => {
      now += after;
      const why = hear(loops, event({ data, assurance }), { kind: "unknown" }, now);
      loops.answer(whoOf(event({ data, assurance })), "I know no command: 'help' lists what I can do", now);
      return why !== undefined;
    });
    return muted < 0 ? texts.length : muted;
  }

  test.each([
    ["five slips in 15 seconds", ["pnig", "lsit services", "hlep", "tiem", "ecoh hello"], 3000],
    ["the same slip again and again", Array(20).fill("lsit services"), 1500],
    ["slips at the speed of a fast hand", Array(20).fill("pnig"), 500],
    [
      "questions that are no commands",
      ["how are you today?", "what can you do?", "are you a bot?", "hello", "?"],
      2500,
    ],
  ])("are not a person whom the network vouches for: %s", (_what, texts, after) => {
    expect(answered(texts, after, 1)).toBe(texts.length);
    expect(answered(texts, after, 2)).toBe(texts.length);
  });

  test("are no person whom the network vouches for, whatever they type by hand", () => {
    const slip = fc.string({ maxLength: 29 });
    fc.assert(
      fc.property(
        fc.array(slip, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 9000 }),
        (texts, pause) => {
          const longest = Math.max(...texts.map(({ length }) => length));
          expect(answered(texts, Math.max(300, longest * 50) + pause, 1)).toBe(texts.length);
        },
      ),
    );
  });

  test.each([
    ["a bot that is quick", Array(9).fill("Unknown command."), 150],
    ["a bot on a slow line", Array(9).fill("Sorry, I did not understand what you mean."), 6000],
    [
      "a bot with much to say, another each time",
      Array.from({ length: 9 }, (_, i) => `${i} ${"and so on ".repeat(12)}`),
      4000,
    ],
  ])("are told although the network vouches for both: %s", (_what, texts, after) => {
    expect(answered(texts, after, 1)).toBe(4);
  });

  test("are told apart by who vouches: whoever only claims to be somebody silences nobody else", () => {
    const loops = new BotLoops();
    const forged = event({ assurance: 0, data: "echo pong to you" });
    for (let i = 0; i < 20; i++) {
      hear(loops, forged, i % 2 === 0 ? command : { kind: "unknown" }, i);
      loops.answer(whoOf(forged), "pong to you", i);
    }
    expect(hear(loops, forged, command, 21)).toBeDefined();
    expect(hear(loops, event({ data: "echo pong to you" }), command, 22)).toBeUndefined();
    expect(hear(loops, event({ data: "what?" }), { kind: "unknown" }, 23)).toBeUndefined();
  });

  test("may talk again after ten minutes", () => {
    const loops = new BotLoops();
    const exchange = (now: number) => {
      const why = hear(loops, event({ data: `hm ${now}?` }), { kind: "unknown" }, now);
      loops.answer(whoOf(event()), "I know no command", now);
      return why;
    };
    const answers = Array.from({ length: 8 }, (_, i) => exchange(i * 10));
    expect(answers.findIndex((why) => why !== undefined)).toBe(4);
    expect(exchange(599_000)).toBeDefined();
    expect(exchange(700_000)).toBeUndefined();
  });

  test("are a machine that repeats a command at once, but not one that answers questions", () => {
    const loops = new BotLoops();
    const exchange = (match: Match, now: number) => {
      const why = hear(loops, event({ data: "yes" }), match, now);
      loops.answer(whoOf(event()), "really?", now);
      return why;
    };
    const answer = { kind: "answer", run: "1", index: 0, answer: "yes" } as const;
    for (let i = 0; i < 20; i++) expect(exchange(answer, i)).toBeUndefined();
    const whys = Array.from({ length: 6 }, (_, i) => exchange(command, 100 + i));
    expect(whys.findIndex((why) => why !== undefined)).toBe(4);
  });

  test("whoever says nothing that the bot knows still gets their commands", () => {
    const loops = new BotLoops();
    for (let i = 0; i < 10; i++) {
      hear(loops, event({ data: `what ${i}` }), { kind: "unknown" }, i);
      loops.answer(whoOf(event()), "I know no command", i);
    }
    expect(hear(loops, event({ data: "what 11" }), { kind: "unknown" }, 11)).toBeDefined();
    expect(hear(loops, event({ data: "ping" }), command, 12)).toBeUndefined();
  });
});

/** Whatever one bot says is said to the other. */
function pass(from: Network, to: Network): void {
  from.refuse.send = (event) => {
    setImmediate(() => to.say(event.data));
    return undefined;
  };
}

async function until({ messages }: Network, words: RegExp): Promise<void> {
  await expect.poll(() => messages.some(({ data }) => words.test(data))).toBe(true);
}

describe("words that are not what they seem", () => {
  const deploy = newCommand("deploy", "deploy [what]", "", () => "", { access: "operator" });
  const echo = newCommand("echo", "echo [text]", "", () => "");

  test("are refused with the reason, and nothing runs", async () => {
    let runs = 0;
    const { net } = lives().begin({ commands: { kill: () => `killed ${++runs}` } });
    for (const text of ["\u212Aill prod", "kіll prod", "ki\u200bll prod"]) {
      net.say(text);
      expect((await net.heard()).data).toMatch(/^not done: '.*' has .* in it \(U\+/);
    }
    expect(runs).toBe(0);
  });

  test("count in each word of an operators' command, and in the name of any other", () => {
    expect(disguise(["deploy", "prоd"], deploy)).toContain("U+043E");
    expect(disguise(["deploy", '{"name": "Жанна d\'Arc ❤️"}'], deploy)).toBeUndefined();
    expect(disguise(["deploy", '{"name": "\u202Eevil"}'], deploy)).toContain("U+202E");
    expect(disguise(["echo", "prоd", "❤️"], echo)).toBeUndefined();
    expect(disguise(["еcho", "prod"], echo)).toContain("U+0435");
    expect(disguise(["❤️"], undefined)).toBeUndefined();
    expect(disguise(["привет"], undefined)).toBeUndefined();
  });
});
