import { type Command, codeOf, contentOf, newCommand } from "@micro-bot/core";
import { formatTime, toInstant, toLocal } from "@micro-bot/kit";
import {
  event,
  type FakeContext,
  fakeContext,
  fakeJobs,
  fakePluginContext,
  testCommand,
} from "@micro-bot/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { glimpse } from "../src/jobs.ts";
import { schedule } from "../src/plugin.ts";
import { readBeforeEvery, readEvery } from "../src/read-every.ts";
import { readOnce } from "../src/read-once.ts";
import { repeated } from "../src/repeat.ts";

const NOW = Date.UTC(2026, 10, 24, 10, 0);
const ZONE = "Europe/Berlin";
const known = newCommand("ping", "ping", "", () => "pong");
const ofTime = newCommand("in", "in", "", () => "");
/** What the bot knows, its commands of time included. */
const match = (text: string) => {
  if (/^(in|at|on|today|tonight|tomorrow|next|every)([ ,]|$)/i.test(text)) return ofTime;
  return /^(ping$|health\b|echo\b|list\b)/.test(text) ? known : undefined;
};

async function once(typed: string) {
  const { when, text } = await readOnce(typed, NOW, ZONE);
  return [new Date((when as { at: number }).at).toISOString().replace(":00.000Z", ""), text];
}

function context(data: string): FakeContext {
  return fakeContext({ event: event({ data }), commands: { list: () => [], match } });
}

async function say(pattern: string, data: string, ctx = context(data)): Promise<string> {
  const commands = schedule();
  return contentOf((await commands[pattern]!.exec(data.split(" "), ctx)) as string).data;
}

/** Whether the bot takes it for a command of time at all. */
function isKnown(typed: string): boolean {
  return Object.keys(schedule()).some((pattern) => new RegExp(pattern, "i").test(typed));
}

describe("a time", () => {
  test.each([
    ["in 10 minutes, health go.micro.srv.orders", "2026-11-24T10:10", "health go.micro.srv.orders"],
    ["in 10 minutes health x", "2026-11-24T10:10", "health x"],
    ["in 2 hours echo at noon", "2026-11-24T12:00", "echo at noon"],
    ["in half an hour, ping", "2026-11-24T10:30", "ping"],
    ["in 3 days, ping", "2026-11-27T10:00", "ping"],
    ["at 17:30 ping", "2026-11-24T16:30", "ping"],
    ["at 9:00, ping", "2026-11-25T08:00", "ping"],
    ["at noon echo a, b", "2026-11-24T11:00", "echo a, b"],
    ["tomorrow 9am list services", "2026-11-25T08:00", "list services"],
    ["tomorrow, 9am, ping", "2026-11-25T08:00", "ping"],
    ["on friday, at 17:30 echo a, b", "2026-11-27T16:30", "echo a, b"],
    ["today at 18:00 ping", "2026-11-24T17:00", "ping"],
    ["on friday at 9 echo in 5 minutes", "2026-11-27T08:00", "echo in 5 minutes"],
    ["at 17:30 get service go.micro.srv.orders", "2026-11-24T16:30", "get service go.micro.srv.orders"],
    ["tomorrow 9am est ping", "2026-11-25T08:00", "est ping"],
    ["on 2027-07-01 at 18:00+05:00, ping", "2027-07-01T13:00", "ping"],
    ["on 2027-07-01T18:00:00Z ping", "2027-07-01T18:00", "ping"],
    ["on 2027-03-28 at 2:30, ping", "2027-03-28T01:00", "ping"],
    ["on 2027-10-31 at 2:30, ping", "2027-10-31T00:30", "ping"],
    ["next monday 8:30 ping", "2026-11-30T07:30", "ping"],
    ["on 2027-07-01 at 18:00, ping", "2027-07-01T16:00", "ping"],
    ["at 9 in the evening, ping", "2026-11-24T20:00", "ping"],
    ["at 9 in the morning, ping", "2026-11-25T08:00", "ping"],
    ["at 9:15 at night ping", "2026-11-24T20:15", "ping"],
    ["at 2 at night, ping", "2026-11-25T01:00", "ping"],
    ["tomorrow evening at 9, ping", "2026-11-25T20:00", "ping"],
    ["at 6p, ping", "2026-11-24T17:00", "ping"],
    ["at 6:30a ping", "2026-11-25T05:30", "ping"],
    ["in 1 hour, 30 minutes, ping", "2026-11-24T11:30", "ping"],
    ["at 9, tomorrow, ping", "2026-11-25T08:00", "ping"],
    ["at 9am on the 1st, ping", "2026-12-01T08:00", "ping"],
    ["on the 24th at 9, ping", "2026-12-24T08:00", "ping"],
    ["on the 24th at noon, ping", "2026-11-24T11:00", "ping"],
    ["on the 31st at 9 ping", "2026-12-31T08:00", "ping"],
    ["on the 1st of december at 9 ping", "2026-12-01T08:00", "ping"],
    ["in 2 days at 9am, ping", "2026-11-26T08:00", "ping"],
    ["in 124 days at 9am, ping", "2027-03-28T07:00", "ping"],
    ["at 5pm UTC, ping", "2026-11-24T17:00", "ping"],
    ["at 17:00Z ping", "2026-11-24T17:00", "ping"],
    ["at 5pm UTC+2 ping", "2026-11-24T15:00", "ping"],
    ["at 5pm America/New_York, ping", "2026-11-24T22:00", "ping"],
    ["tomorrow at 1 pacific/auckland ping", "2026-11-24T12:00", "ping"],
  ])("in '%s' is read as %s, and '%s' is left", async (typed, at, text) => {
    expect(await once(typed)).toEqual([at, text]);
    expect(isKnown(typed)).toBe(true);
  });

  test.each([
    ["every 5m ping", { every: 300_000 }, "ping"],
    ["every hour, ping", { every: 3_600_000 }, "ping"],
    ["every 2 days ping", { every: 172_800_000 }, "ping"],
    ["every day at noon ping", { cron: "0 12 * * *", zone: ZONE }, "ping"],
    ["every day 9 ping", { cron: "0 9 * * *", zone: ZONE }, "ping"],
    ["every weekday at 9:00 list services", { cron: "0 9 * * 1-5", zone: ZONE }, "list services"],
    ["every monday 8:30pm, echo x", { cron: "30 20 * * 1", zone: ZONE }, "echo x"],
    ["every Monday and Friday at 12am ping", { cron: "0 0 * * 1,5", zone: ZONE }, "ping"],
    ["every month on the 1st at 6:15 ping", { cron: "15 6 1 * *", zone: ZONE }, "ping"],
    ["every 2 hours on weekdays, ping", { cron: "0 */2 * * 1-5", zone: ZONE }, "ping"],
    ["every 15 minutes on weekends ping", { cron: "*/15 * * * 0,6", zone: ZONE }, "ping"],
    ["every hour at :15, ping", { cron: "15 * * * *", zone: ZONE }, "ping"],
    ["every day at 9 at night, ping", { cron: "0 21 * * *", zone: ZONE }, "ping"],
    ["every evening at 6, ping", { cron: "0 18 * * *", zone: ZONE }, "ping"],
    ["every day at 9, 13 and 17 ping", { cron: "0 9,13,17 * * *", zone: ZONE }, "ping"],
    ["every friday, at 9, ping", { cron: "0 9 * * 5", zone: ZONE }, "ping"],
    ["every monday, wednesday and friday at 9 UTC, ping", { cron: "0 9 * * 1,3,5", zone: "UTC" }, "ping"],
    ["every week on monday at 9 ping", { cron: "0 9 * * 1", zone: ZONE }, "ping"],
    ["every 31st at 9, ping", { cron: "0 9 31 * *", zone: ZONE }, "ping"],
    ["every 3 months on day 1 at 9, ping", { cron: "0 9 1 */3 *", zone: ZONE }, "ping"],
    ["every 5m, at 9 ping", { every: 300_000 }, "at 9 ping"],
    ["at 9:00 every weekday, ping", { cron: "0 9 * * 1-5", zone: ZONE }, "ping"],
    ["at 9 every evening ping", { cron: "0 21 * * *", zone: ZONE }, "ping"],
    ["on the 1st of every month at 9am, ping", { cron: "0 9 1 * *", zone: ZONE }, "ping"],
  ])("in '%s' is read as %j, and '%s' is left", (typed, when, text) => {
    const read = typed.startsWith("every") ? readEvery : readBeforeEvery;
    expect(read(typed, ZONE)).toMatchObject({ when, text });
    expect(isKnown(typed)).toBe(true);
  });

  test.each([
    ["every weekday at 9, ping", "every weekday at 09:00"],
    ["every 2 hours on weekdays, ping", "every 2 hours at :00 on weekdays"],
    ["every hour at :15 on monday and friday, ping", "every hour at :15 on Mondays and Fridays"],
    ["every 15 minutes on weekends, ping", "every 15 minutes on weekends"],
    ["every day at 9 and 17, ping", "every day at 09:00 and 17:00"],
    ["every month on the 28th at 9, ping", "every month on day 28 at 09:00"],
    ["every month on the 29th at 9, ping", "every month on day 29 at 09:00 (not in months without that day)"],
    ["every 3 months on the 1st at 9, ping", "every 3 months on day 1 at 09:00"],
  ])("of '%s' is told as '%s'", (typed, told) => {
    const { when } = readEvery(typed, ZONE);
    expect(repeated(when as Exclude<typeof when, { at: number }>)).toBe(told);
  });

  test("is told by its pattern when no phrase made it", () => {
    expect(repeated({ cron: "1-5 constructor * * *", zone: ZONE })).toBe(
      "by the cron pattern 1-5 constructor * * *",
    );
  });

  test.each([
    ["in a galaxy far away", "I cannot read a time at the beginning of 'in a galaxy far…'"],
    ["on call is Ann", "I cannot read a time"],
    ["tomorrow, ping", "at what time? 'tomorrow' names a day only"],
    ["tomorrow, echo at 9am", "at what time? 'tomorrow' names a day only"],
    ["every weekday ping", "at what time? write 'every weekday at 9:00, …'"],
    ["every blue moon ping", "I cannot read a time"],
    ["every month on the 40th at 9, ping", "'40' is not a day of a month: write 1 to 31"],
    ["every day at 25:00 ping", "'at 25:00' is not a time of day"],
    ["every hour at :75, ping", "'at :75' is not a minute of an hour"],
    ["every 2 days at 9, ping", "'every 2 days' cannot be combined with more of a time"],
    ["every 7 hours on weekdays, ping", "'every 7 hours' cannot be combined with more of a time"],
    ["every month at 9, ping", "on which day? write 'every month on the 1st"],
    ["every monday on the 1st at 9, ping", "a day of the week and of the month does not go with the rest"],
    ["every day at 9:00 and 17:30, ping", "are not at the same minute of their hours"],
    ["at 9-10, ping", "'at 9-10' is a span of time"],
    ["in march, ping", "I cannot read a time"],
    ["in 10 minutesping", "I cannot read a time"],
    ["every 5m/ping", "I read 'every 5m' as the time, but not '/ping' right behind it"],
  ])("in '%s' cannot be read: %s", async (typed, why) => {
    const read = async () =>
      typed.startsWith("every") ? readEvery(typed, ZONE) : readOnce(typed, NOW, ZONE);
    const error = await read().catch((error: unknown) => error);
    expect(codeOf(error)).toBe("invalid");
    expect(String(error)).toContain(why);
  });

  const phrase = fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 59 }), fc.constantFrom("minutes", "hours", "days"))
      .map(([n, unit]) => `in ${n + 1} ${unit}`),
    fc.tuple(fc.nat(23), fc.nat(59)).map(([h, m]) => `at ${h}:${String(m).padStart(2, "0")}`),
    fc
      .tuple(fc.constantFrom("tomorrow", "on friday", "next monday"), fc.integer({ min: 1, max: 12 }))
      .map(([day, h]) => `${day} at ${h}pm`),
  );
  const repeat = fc.oneof(
    fc
      .tuple(fc.integer({ min: 2, max: 59 }), fc.constantFrom("m", " minutes", " hours"))
      .map(([n, unit]) => `every ${n}${unit}`),
    fc
      .tuple(fc.constantFrom("day", "weekday", "monday", "sunday and tuesday"), fc.nat(23), fc.nat(59))
      .map(([day, h, m]) => `every ${day} at ${h}:${String(m).padStart(2, "0")}`),
  );
  const command = fc
    .array(
      fc.constantFrom(
        "ping",
        "echo",
        "at noon",
        "tomorrow",
        "a, b",
        '{"a": [1, 2]}',
        "in 5 minutes",
        "5",
        "go.micro.srv.x",
        "é日",
        "every",
        "'x'",
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map((words) => words.join(" "));

  test("leaves any command behind a comma as it was typed", async () => {
    await fc.assert(
      fc.asyncProperty(phrase, command, async (time, text) => {
        expect((await readOnce(`${time}, ${text}`, NOW, ZONE)).text).toBe(text);
      }),
    );
    fc.assert(
      fc.property(repeat, command, (time, text) => {
        expect(readEvery(`${time}, ${text}`, ZONE).text).toBe(text);
      }),
    );
  });
});

const VERBS = [
  "ping",
  "echo",
  "list",
  "get",
  "health",
  "stats",
  "call",
  "help",
  "status",
  "remember",
  "jobs",
];

describe("a time without a comma behind it", () => {
  const moment = fc.constantFrom(
    "in 10 minutes",
    "in 2 hours",
    "in 3 days",
    "at 17:30",
    "at 5pm",
    "at noon",
    "tomorrow 9am",
    "on friday at 9:15",
    "next monday 8:30",
    "on 2027-07-01 at 18:00",
  );
  const text = fc
    .tuple(fc.constantFrom(...VERBS), fc.string({ unit: "grapheme-ascii", maxLength: 30 }))
    .map(([verb, rest]) => `${verb} x${rest}`.trimEnd());

  test("leaves any command of the bot as it was typed, and the time as it is with a comma", async () => {
    await fc.assert(
      fc.asyncProperty(moment, text, async (time, command) => {
        const read = await readOnce(`${time} ${command}`, NOW, ZONE);
        expect(read.text).toBe(command);
        expect(read.when).toEqual((await readOnce(`${time}, ping`, NOW, ZONE)).when);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a zone", () => {
  test("turns a time on the wall into an instant, and back", () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
    fc.assert(
      fc.property(zone, fc.integer({ min: 0, max: 5e9 }), (name, seconds) => {
        const wall = toLocal(seconds * 1000, name);
        const at = toInstant(wall, name);
        expect(toLocal(at, name)).toBe(wall);
        expect(at).toBeLessThanOrEqual(seconds * 1000);
      }),
    );
  });

  test("is named with its offset of that day", () => {
    expect(formatTime(NOW, ZONE)).toBe("Tue 24 Nov 2026 at 11:00 (Europe/Berlin, UTC+1)");
    expect(formatTime(Date.UTC(2026, 6, 1), "Asia/Kolkata")).toBe(
      "Wed 1 Jul 2026 at 05:30 (Asia/Kolkata, UTC+5:30)",
    );
    expect(formatTime(NOW, "UTC")).toBe("Tue 24 Nov 2026 at 10:00 (UTC)");
  });

  test("that is none is refused by name", () => {
    for (const command of Object.values<Command>(schedule()))
      if (command.init)
        expect(() => command.init!(fakePluginContext({ zone: "Mars/Olympus" }))).toThrow(
          "--zone: 'Mars/Olympus' is not a valid time zone (example: --zone=Europe/Berlin)",
        );
  });
});

const ONCE = "^(in|at|on|today|tonight|tomorrow|next)([ ,]|$)";

describe("a job", () => {
  test("is made, listed, shown and cancelled in words", async () => {
    const ctx = context("every weekday at 9:00, ping");
    const made = await say("^every( |$)", "every weekday at 9:00, ping", ctx);
    expect(made).toMatch(/^job 1: 'ping' runs every weekday at 09:00, first on .*; 'cancel job 1' stops it$/);
    expect(await say("^jobs$", "jobs", ctx)).toMatch(/^1 {2}\w+ \d+ \w+ \d+ at .* {2}ping$/);
    expect(await say("^job( |$)", "job 1", ctx)).toContain("runs every weekday at 09:00, next on ");
    expect(await say("^cancel job( |$)", "cancel job 1", ctx)).toBe("job 1 is cancelled");
    expect(await say("^cancel job( |$)", "cancel job 1", ctx)).toBe(
      "there is no job '1': 'jobs' lists yours",
    );
    expect(await say("^jobs$", "jobs", ctx)).toContain("no jobs");
  });

  test("for a text that is no command is refused", async () => {
    const error = await say(ONCE, "in 5 minutes, dance now").catch((error) => error);
    expect(codeOf(error)).toBe("invalid");
    expect(String(error)).toContain("I know no command 'dance'");
  });

  test.each([
    ["in 30 seconds, ping", /^job 1: 'ping' runs on .* at \d\d:\d\d:\d\d \(/],
    ["in 10 minutes, ping", /^job 1: 'ping' runs on .* at \d\d:\d\d \(/],
  ])("made by '%s' says when it runs, to the second only within a minute", async (typed, told) => {
    expect(await say(ONCE, typed)).toMatch(told);
  });

  test("in a zone of its own says so", async () => {
    const made = await say("^every( |$)", "every weekday at 9 Asia/Kolkata, ping");
    expect(made).toContain("runs every weekday at 09:00 (Asia/Calcutta), first on ");
  });

  test.each([
    ["at 9 in the garden, ping", "I read 'at 9' as the time, but not 'in the garden'"],
    ["at 9 tomorrow evening, ping", "I read 'at 9 tomorrow' as the time, but not 'evening'"],
    ["on friday at 9 or 10, ping", "but not 'or 10'"],
    ["at 5pm EST, ping", "but not 'EST' (a time zone is written UTC, +02:00 or America/New_York)"],
    ["at 5pm Mars/Olympus, ping", "but not 'Mars/Olympus' (a time zone is written"],
    ["at 9:00 every blue moon, ping", "but not 'every blue moon'"],
    ["every day at 9 until friday, ping", "but not 'until friday'"],
    ["every hour, on the hour, ping", "I read 'every hour' as the time, but not 'on the hour'"],
    ["every day, at 9, at night, ping", "but not 'at night'"],
    ["at 9, at 10, ping", "but not 'at 10'"],
    [
      "at 9 on friday the 13th, ping",
      "'at 9 on friday the 13th' does not fit together: 13 Dec 2026 is a Sunday",
    ],
    ["every week at 9, ping", "on which day? write 'every week on monday at 9:00, …'"],
    ["every 1st monday of the month at 9, ping", "I cannot read a time at the beginning of"],
    [
      "in 5 minutes, ping please",
      "'ping please' is not how 'ping' is written (ping), so nothing would run then",
    ],
    ["every day at 9 except on mondays, ping", "but not 'except on mondays'"],
    ["every 5m at 9 ping", "but not 'at 9 ping'"],
    ["in 10 minutes, in a galaxy far away", "I cannot read a time at the beginning of 'in a galaxy far…'"],
    ["in 10 minutes, every weekday ping", "at what time?"],
    ["in 10 minutes, at 9:00 dance", "I know no command 'dance'"],
    ["tomorrow at 9, on 2020-01-01 at 9 ping", "has already passed"],
    ["in 2m, in 2m in 2m ping", "but not 'in 2m ping'"],
  ])("of which a part was not understood is refused, naming it: %s", async (typed, why) => {
    const pattern = typed.startsWith("every") ? "^every( |$)" : ONCE;
    const error = await say(pattern, typed).catch((error: unknown) => error);
    expect(codeOf(error)).toBe("invalid");
    expect(String(error)).toContain(why);
  });

  test("inside of a job is kept as it was typed, when it can be read", async () => {
    const ctx = context("in 10 minutes, every weekday at 9 ping");
    await say(ONCE, "in 10 minutes, every weekday at 9 ping", ctx);
    expect(await ctx.jobs.list()).toMatchObject([{ text: "every weekday at 9 ping" }]);
  });

  const heads = [
    "at 9",
    "at 17:30",
    "at 9pm",
    "in 10 minutes",
    "tomorrow at 9",
    "on friday at 9",
    "on the 3rd at 9",
    "every day at 9",
    "every 5m",
    "every hour",
    "every monday and friday at 9",
    "every month on the 2nd at 9",
  ];
  const tails = [
    "",
    "in the morning",
    "in the evening",
    "at night",
    "sharp",
    "or so",
    "and 10",
    "or 10",
    "to 10",
    "until 10",
    "for an hour",
    "from monday",
    "on weekdays",
    "on the 1st",
    "on mondays",
    "of every month",
    "every weekday",
    "every week",
    "daily",
    "tomorrow",
    "tonight",
    "next week",
    "in 2 weeks",
    "UTC",
    "est",
    "Europe/Berlin",
    "+02:00",
    "Berlin time",
    "except sunday",
    "but not on sunday",
    "starting tomorrow",
    "at :15",
    "at the latest",
    "half past",
    "2027",
    "o'clock",
  ];
  test("never runs a part of its time as its command, whatever people write behind a time", async () => {
    const tail = fc.array(fc.constantFrom(...tails), { maxLength: 3 }).map((words) => words.join(" "));
    const sep = fc.constantFrom(", ", " ");
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), tail, sep, async (head, more, gap) => {
        const typed = `${`${head} ${more}`.trim()}${gap}ping`;
        const ctx = context(typed);
        const pattern = typed.startsWith("every") ? "^every( |$)" : ONCE;
        try {
          await say(pattern, typed, ctx);
        } catch (error) {
          expect(codeOf(error)).toBe("invalid");
          return;
        }
        expect(await ctx.jobs.list()).toMatchObject([{ text: "ping" }]);
      }),
      { numRuns: 1000 },
    );
  });

  test("for so long from now counts from when it was said", async () => {
    const said = Date.now() - 120_000;
    const ctx = fakeContext({
      event: event({ data: "in 5 minutes, ping", time: said }),
      commands: { list: () => [], match },
    });
    await say(ONCE, "in 5 minutes, ping", ctx);
    expect(Math.abs((await ctx.jobs.get("1"))!.next - (said + 300_000))).toBeLessThan(1000);
  });

  test("for a time that is over is refused in the words and the zone of who said it", async () => {
    const commands = schedule();
    const once = commands[ONCE]!;
    once.init!(fakePluginContext({ zone: ZONE }));
    const typed = "on 2020-07-01 at 18:00, ping";
    const error = await Promise.resolve(once.exec(typed.split(" "), context(typed)) as Promise<string>).catch(
      (error: unknown) => error,
    );
    expect(codeOf(error)).toBe("invalid");
    expect(String(error)).toContain(
      "'on 2020-07-01 at 18:00' has already passed: it was on Wed 1 Jul 2020 at 18:00 (Europe/Berlin, UTC+2)",
    );
  });

  test("of others is left alone by 'cancel job', and dropped by 'drop job', which is for operators", async () => {
    const all: Readonly<Record<string, Command>> = schedule();
    const jobs = fakeJobs();
    const by = (person: string, room: string) => {
      const said = event({ person, room });
      return fakeContext({ event: said, ...jobs.of(said.from) });
    };
    const [alice, bob] = [by("alice", "ops"), by("bob", "ops")];
    await alice.later({ every: 60_000 }, "ping");
    await expect(say("^cancel job( |$)", "cancel job 1", bob)).rejects.toMatchObject({ code: "denied" });
    expect(await say("^cancel job( |$)", "cancel job 1", by("bob", "elsewhere"))).toBe(
      "there is no job '1': 'jobs' lists yours",
    );
    expect(await alice.jobs.list()).toHaveLength(1);
    expect(all["^drop job( |$)"]!.access).toBe("operator");
    expect(await say("^drop job( |$)", "drop job 1", bob)).toBe("job 1 is cancelled");
    expect(await alice.jobs.list()).toEqual([]);
  });

  test("is listed by the beginning of its text, which cuts no character in half", () => {
    expect(glimpse(`${"x".repeat(58)}👩‍👩‍👧‍👦 and more`)).toBe(`${"x".repeat(58)}…`);
    expect(glimpse(`${"x".repeat(59)}e\u0301 and more`)).toBe(`${"x".repeat(59)}…`);
    expect(glimpse("é日👩‍👩‍👧‍👦")).toBe("é日👩‍👩‍👧‍👦");
    const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
    const graphemes = (text: string) => [...segmenter.segment(text)].map(({ segment }) => segment);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 61, maxLength: 90 }), (text) => {
        const shown = glimpse(text).slice(0, -1);
        expect(graphemes(text).slice(0, graphemes(shown).length).join("")).toBe(shown);
      }),
    );
  });
});

const examples = {
  in: [
    { say: "in 5 minutes, ping", answers: /^job 1: 'ping' runs on / },
    { say: "at", throws: "invalid" },
  ],
  every: [{ say: "every 5m ping", answers: /^job 1: 'ping' runs every 5 minutes, first on / }],
  jobs: [{ say: "jobs", answers: /^no jobs/ }],
  job: [
    { say: "job x", answers: /no job 'x'/ },
    { say: "job", throws: "invalid" },
  ],
  "cancel job": [
    { say: "cancel job x", answers: /no job 'x'/ },
    { say: "cancel job", throws: "invalid" },
  ],
  "drop job": [{ say: "drop job x", answers: /no job 'x'/ }],
} as const;
for (const [pattern, { name }] of Object.entries(schedule()))
  testCommand({
    name,
    pattern,
    create: () => schedule()[pattern]!,
    context: () => ({ commands: { list: () => [], match } }),
    examples: examples[name as keyof typeof examples] as never,
  });
