import { type Json, memoryStore } from "@micro-bot/core";
import { describe, expect, test, vi } from "vitest";
import { forgeries } from "./corpus/approvals.ts";
import { asked, begin, heard, type Running, WAIT } from "./support.ts";

const RULES = `
people:
  alice: [slack:U0ALICE, irc:alice, "email:alice@example.com"]
  bob: [slack:U0BOB, irc:bob, "email:bob@example.com"]
  carol: [xmpp:carol@example.com]
  dave: irc:dave
roles:
  dev: [alice, dave]
  lead: [alice, bob, carol]
rules:
  - name: deploys
    command: deploy
    allow: [dev, lead]
    approval: { by: lead, within: 1h }
  - name: two
    command: launch
    allow: dev
    approval: { by: lead, count: 2, within: 1h }
`;
/** What is said to whoever's yes counts for nothing. */
const REFUSED =
  /^(?:not done|I know no command|to use 'approve'|nothing waits as|nobody vouches|which one\?|'.*' is no id|the rule that asked for it)|is the same person as|is not among them|asks for assurance|has approved it already|decided meanwhile/u;
const alice = { person: "alice", room: "#ops" } as const;
const bob = { person: "U0BOB", room: "C0OPS", assurance: 2 } as const;
const carol = { person: "carol@example.com" } as const;

let count = 0;

/** alice asks for a command; resolves with the request's id. */
async function asks({ net }: Running, text: string): Promise<string> {
  net.irc!.say(text, { ...alice, room: `#a${++count}` });
  return asked(net.irc!);
}

async function refused(
  { net }: Running,
  id: string,
  by: { person: string; assurance?: 1 | 2 } = bob,
  input = "slack",
): Promise<void> {
  net[input]!.say(`approve ${id}`, { ...by, room: `#r${++count}` });
  await heard(net[input]!, REFUSED);
}

describe("a forged approval", () => {
  test(`of ${forgeries.length} that are said is none that counts, and each is told`, async () => {
    expect(forgeries.length).toBeGreaterThanOrEqual(100);
    const bot = begin({ rules: RULES, operators: ["irc:op"] });
    const { net, guard, ran } = bot;
    const code = await guard.links.begin("irc:alice", "xmpp:alice@jabber.example", () => undefined);
    const half = await guard.links.redeem("xmpp:alice@jabber.example", code, () => undefined);
    await guard.links.redeem("irc:alice", "code" in half ? half.code : "", () => undefined);
    const id = await asks(bot, "deploy prod");
    for (const { input, person, assurance, meta = {}, text, room = `#f${++count}`, kind } of forgeries) {
      const said = net[input]!.say(text.replaceAll("ID", id).replaceAll("id", id.toLowerCase()), {
        from: { input, room, ...(person !== undefined && { person }) },
        to: { input, room, person: "micro" },
        assurance,
        meta,
      });
      const isTold = () =>
        net[input]!.heard.some(
          ({ to, data }) => to.room === room && to.person === person && REFUSED.test(data),
        );
      await vi.waitFor(() => expect(isTold(), `${kind}: ${said.data}`).toBe(true), WAIT);
    }
    expect((await guard.approvals.byId(id)).grants).toEqual([]);
    expect(ran).toEqual([]);
    // It could have been approved all the while.
    net.slack!.say(`approve ${id}`, bob);
    await expect.poll(() => ran, WAIT).toEqual(["deploy prod"]);
  });

  test("that was given to one command is worth nothing for another of the same person", async () => {
    const bot = begin({ rules: RULES });
    const ids = [];
    for (const text of [
      "deploy staging",
      "deploy prod",
      "deploy staging now",
      "deploy  staging",
      'deploy "staging"',
    ])
      ids.push(await asks(bot, text));
    bot.net.slack!.say(`approve ${ids[0]}`, bob);
    await expect.poll(() => bot.ran, WAIT).toEqual(["deploy staging"]);
    for (const id of ids.slice(1)) expect((await bot.guard.approvals.byId(id)).grants).toEqual([]);
    expect(bot.ran).toEqual(["deploy staging"]);
  });

  test("that is said again when it was used, for the same words, counts for nothing", async () => {
    const bot = begin({ rules: RULES });
    const used: string[] = [];
    for (let round = 0; round < 5; round++) {
      const id = await asks(bot, "deploy prod");
      for (const old of used) await refused(bot, old);
      expect(bot.ran).toHaveLength(round);
      bot.net.slack!.say(`approve ${id}`, { ...bob, id: `press${round}` });
      await expect.poll(() => bot.ran, WAIT).toHaveLength(round + 1);
      // The network delivers the same press once more.
      bot.net.slack!.say(`approve ${id}`, { ...bob, id: `press${round}` });
      used.push(id);
    }
  });

  test("by two accounts of one person is one, of two that are needed", async () => {
    const bot = begin({ rules: RULES });
    const id = await asks(bot, "launch rocket");
    bot.net.slack!.say(`approve ${id}`, bob);
    await heard(bot.net.slack!, /1 of 2/u);
    await refused(bot, id);
    await refused(bot, id, { person: "bob" }, "irc");
    await refused(bot, id, { person: "bob@example.com" }, "email");
    expect(bot.ran).toEqual([]);
    bot.net.xmpp!.say(`approve ${id}`, carol);
    await expect.poll(() => bot.ran, WAIT).toEqual(["launch rocket"]);
  });

  test("by whoever started the bot, at its terminal and in a shell, is one, and none for what they asked", async () => {
    const { guard } = begin({ rules: RULES });
    expect(await guard.isSamePerson("console:root", "shell:root")).toBe(true);
    expect(await guard.isSamePerson("console:root", "irc:root")).toBe(false);
  });

  test.each<[what: string, change: (rules: string) => string]>([
    [
      "the approver left the role",
      (rules) =>
        rules.replace("lead: [alice, bob, carol]", "lead: [alice, carol]").replace("count: 2", "count: 1"),
    ],
    ["the approver lost the account", (rules) => rules.replace("bob: [slack:U0BOB, ", "bob: [")],
    [
      "the account became the requester's",
      (rules) => rules.replace("slack:U0BOB, ", "").replace("alice: [", "alice: [slack:U0BOB, "),
    ],
    [
      "the account became another approver's",
      (rules) =>
        rules
          .replace("slack:U0BOB, ", "")
          .replace("carol: [", "carol: [slack:U0BOB, ")
          .replace("lead: [alice, bob, carol]", "lead: [alice, bob]"),
    ],
    ["the requester may not ask any more", (rules) => rules.replace("dev: [alice, dave]", "dev: [dave]")],
    [
      "the rule asks for more assurance",
      (rules) => rules.replace("allow: dev", "allow: dev\n    assurance: 2"),
    ],
    [
      "the rule is for other rooms",
      (rules) => rules.replace("allow: dev", 'allow: dev\n    rooms: "irc:#other"'),
    ],
    ["the rule is for other words", (rules) => rules.replace("allow: dev", "allow: dev\n    args: other")],
    [
      "a rule before it refuses",
      (rules) => rules.replace("  - name: two", "  - { command: launch, deny: anyone }\n  - name: two"),
    ],
    ["the rule is gone", (rules) => `${rules.slice(0, rules.indexOf("  - name: two"))}...\n`],
  ])("is none when, before the last yes, %s", async (_what, change) => {
    const bot = begin({ rules: RULES });
    const id = await asks(bot, "launch rocket");
    bot.net.slack!.say(`approve ${id}`, bob);
    await heard(bot.net.slack!, /1 of 2/u);
    const before = bot.guard.policy;
    bot.write(change(RULES));
    await expect.poll(() => bot.guard.policy === before, WAIT).toBe(false);
    bot.net.xmpp!.say(`approve ${id}`, carol);
    await heard(bot.net.irc!, /not done: \S+ was withdrawn/u);
    await heard(bot.net.xmpp!, REFUSED);
    expect(bot.ran).toEqual([]);
  });

  test.each<[what: string, edit: (run: Run) => Json]>([
    ["its words", (run) => ({ ...run, event: { ...run.event, data: "launch missile" } })],
    ["one space", (run) => ({ ...run, event: { ...run.event, data: "launch  rocket" } })],
    ["its letter case", (run) => ({ ...run, event: { ...run.event, data: "launch Rocket" } })],
    ["its command", (run) => ({ ...run, command: "deploy", event: { ...run.event, data: "deploy rocket" } })],
    ["its files", (run) => ({ ...run, event: { ...run.event, files: [{ name: "a", data: "b" }] } })],
    ["its room", (run) => ({ ...run, event: { ...run.event, from: { ...run.event.from, room: "#other" } } })],
    ["its thread", (run) => ({ ...run, event: { ...run.event, from: { ...run.event.from, thread: "1" } } })],
    [
      "its requester",
      (run) => ({ ...run, event: { ...run.event, from: { ...run.event.from, person: "dave" } } }),
    ],
    ["its assurance", (run) => ({ ...run, event: { ...run.event, assurance: 2 } })],
    [
      "its arguments, as a shell splits them",
      (run) => ({ ...run, event: { ...run.event, meta: { args: ["launch", "missile"] } } }),
    ],
  ])("is none for a command that was edited after it was given: %s", async (_what, edit) => {
    const store = { ...memoryStore(), close: async () => {} };
    const first = begin({ rules: RULES, store });
    const id = await asks(first, "launch rocket");
    await expect.poll(async () => (await first.guard.approvals.byId(id)).asked, WAIT).toBe(true);
    first.net.slack!.say(`approve ${id}`, bob);
    await heard(first.net.slack!, /1 of 2/u);
    await first.stop();
    for await (const { key, value } of store.list("run/"))
      await store.write([{ key, value: edit(value as unknown as Run) }]);
    const next = begin({ rules: RULES, store, file: first.file });
    await heard(next.net.irc!, /not done: \S+ was withdrawn: (?:the rule or the command is not|irc)/u);
    await refused(next, id, carol, "xmpp");
    expect([...first.ran, ...next.ran]).toEqual([]);
  });

  test("is none when its time is over, also while no bot was there", async () => {
    const rules = RULES.replaceAll("within: 1h", "within: 1s");
    const store = { ...memoryStore(), close: async () => {} };
    const first = begin({ rules, store });
    const id = await asks(first, "launch rocket");
    const { until } = await first.guard.approvals.byId(id);
    first.net.slack!.say(`approve ${id}`, bob);
    await heard(first.net.slack!, /1 of 2/u);
    await first.stop();
    await expect.poll(() => Date.now() > until, WAIT).toBe(true);
    const next = begin({ rules, store, file: first.file });
    await heard(next.net.irc!, /not approved in time \(1 of 2, by lead\)/u);
    await refused(next, id, carol, "xmpp");
    expect([...first.ran, ...next.ran]).toEqual([]);
  });

  test("cannot be asked for by nobody", async () => {
    const bot = begin({ rules: RULES.replace("allow: [dev, lead]", "allow: anyone") });
    bot.net.irc!.say("deploy prod", { person: "alice", assurance: 0 });
    await heard(bot.net.irc!, /not done: deploy asks for assurance 1, and yours is 0/u);
    expect(bot.ran).toEqual([]);
  });
});

interface Run {
  readonly [key: string]: Json;
  readonly event: { readonly [key: string]: Json; readonly from: { readonly [key: string]: Json } };
}
