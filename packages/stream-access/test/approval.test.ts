import { memoryStore, newCommand, type Stream } from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { asked, begin, heard, idIn, RULES, WAIT } from "./support.ts";

const APPROVAL = "approval: { by: lead, within: 1h }";
const SLACK = { room: "C0OPS", assurance: 2 } as const;
const alice = { person: "alice", room: "#ops" };
const bob = { person: "U0BOB", ...SLACK };

describe("approval", () => {
  test("is asked in the room with the exact command, and given by another of the role", async () => {
    const { net, ran } = begin();
    net.irc!.say("deploy prod", alice);
    const ask = await heard(net.irc!, /asks to run/u);
    expect(ask).toMatchObject({ to: { room: "#ops" }, format: "code" });
    const id = idIn(ask.data);
    expect(ask.data).toContain(
      `alice (irc:alice) asks to run this in irc:#ops, as ${id}:\n\n    deploy prod\n`,
    );
    expect(ask.choices).toEqual([`approve ${id}`, `deny ${id}`]);
    expect(ran).toEqual([]);
    net.slack!.say(`approve ${id}`, bob);
    await heard(net.slack!, /you approved \S+, 1 of 1/u);
    await heard(net.irc!, /was approved by bob \(slack:U0BOB\)/u);
    await heard(net.irc!, /did deploy prod/u);
    expect(ran).toEqual(["deploy prod"]);
  });

  test("is asked elsewhere, by as many as it needs, and each counts once", async () => {
    const { net, ran } = begin();
    net.irc!.say("launch rocket", alice);
    const ask = await heard(net.slack!, /asks to run/u);
    expect(ask).toMatchObject({ to: { input: "slack", room: "C0OPS" } });
    await heard(net.irc!, /needs approval by 2 of lead: I asked in slack:C0OPS/u);
    const id = idIn(ask.data);
    net.slack!.say(`approve ${id}`, bob);
    await heard(net.slack!, /1 of 2/u);
    net.irc!.say(`approve ${id}`, { person: "bob", room: "#ops" });
    await heard(net.irc!, /irc:bob has approved it already/u);
    expect(ran).toEqual([]);
    net.xmpp!.say(`APPROVE ${id.toLowerCase()}`, { person: "carol@example.com" });
    await heard(net.irc!, /approved by bob \(slack:U0BOB\) and carol/u);
    await heard(net.irc!, /did launch rocket/u);
    await heard(net.slack!, /was approved by .*: launch rocket/u);
  });

  test.each<[where: string, input: string, as: object]>([
    [
      "in a direct message",
      "slack",
      { person: "U0BOB", room: "D0BOB", assurance: 2, meta: { direct: true } },
    ],
    ["where nobody else is", "irc", { person: "bob", room: "bob" }],
  ])(
    "by its id alone, %s, counts when the whole command was shown there and agreed to",
    async (_where, input, as) => {
      const { net, ran, guard } = begin();
      net.irc!.say("deploy prod", alice);
      const id = await asked(net.irc!);
      const grants = async () => (await guard.approvals.byId(id)).grants.length;
      net[input]!.say(`approve ${id}`, as);
      expect(await heard(net[input]!, /exactly this/u)).toMatchObject({
        data: `alice (irc:alice) asks to run this in irc:#ops, as ${id}:\n\n    deploy prod\n\nDo you approve exactly this?`,
        choices: ["yes", "no"],
      });
      expect(await grants()).toBe(0);
      net[input]!.say("no", as);
      await heard(net[input]!, /^you did not approve \S+: it waits, and 'deny \S+' refuses it/u);
      expect(await grants()).toBe(0);
      net[input]!.say(`approve ${id}`, as);
      await heard(net[input]!, /exactly this/u);
      expect(ran).toEqual([]);
      net[input]!.say("yes", as);
      await heard(net[input]!, /you approved \S+, 1 of 1/u);
      await heard(net.irc!, /did deploy prod/u);
      expect(ran).toEqual(["deploy prod"]);
    },
  );

  test("in a direct message where it was asked counts at once, as the button that stands there", async () => {
    const { net } = begin({ rules: RULES.replace('in: "slack:C0OPS"', 'in: "slack:D0BOB"') });
    net.irc!.say("launch rocket", alice);
    const id = await asked(net.slack!);
    net.slack!.say(`approve ${id}`, { person: "U0BOB", room: "D0BOB", assurance: 2, meta: { direct: true } });
    await heard(net.slack!, /you approved \S+, 1 of 2/u);
  });

  test("shows its command to nobody who may not give it", async () => {
    const { net } = begin();
    net.irc!.say("deploy prod", alice);
    const id = await asked(net.irc!);
    net.slack!.say(`approve ${id}`, { person: "U0ZOE", room: "D0ZOE", assurance: 2, meta: { direct: true } });
    await heard(net.slack!, /approval is by lead, and slack:U0ZOE is not among them/u);
    expect(net.slack!.heard.filter(({ data }) => data.includes("deploy"))).toEqual([]);
  });

  test("that is agreed to after the command was withdrawn counts for nothing", async () => {
    const { net, ran } = begin();
    const direct = { person: "U0BOB", room: "D0BOB", assurance: 2, meta: { direct: true } } as const;
    net.irc!.say("deploy prod", alice);
    net.slack!.say(`approve ${await asked(net.irc!)}`, direct);
    await heard(net.slack!, /exactly this/u);
    net.irc!.say("cancel", alice);
    await heard(net.irc!, /it was cancelled/u);
    net.slack!.say("yes", direct);
    await heard(net.slack!, /nothing waits as/u);
    expect(ran).toEqual([]);
  });

  test("is never given by whoever asked, by none of their accounts", async () => {
    const { net, ran } = begin();
    net.irc!.say("deploy prod", alice);
    const id = await asked(net.irc!);
    net.irc!.say(`approve ${id}`, alice);
    await heard(net.irc!, /irc:alice is the same person/u);
    net.slack!.say(`approve ${id}`, { person: "U0ALICE", ...SLACK });
    await heard(net.slack!, /slack:U0ALICE is the same person as irc:alice/u);
    expect(ran).toEqual([]);
  });

  test("is refused by one no, with what was said", async () => {
    const { net, ran } = begin();
    net.irc!.say("deploy prod", alice);
    net.slack!.say(`deny ${await asked(net.irc!)} not on a Friday`, bob);
    await heard(net.slack!, / is denied/u);
    await heard(net.irc!, /^not done: \S+ was denied: bob \(slack:U0BOB\) said no: not on a Friday/u);
    expect(ran).toEqual([]);
  });

  test("is withdrawn by 'cancel', and by a no of whoever asked", async () => {
    const { net, ran } = begin();
    net.irc!.say("deploy prod", alice);
    const id = await asked(net.irc!);
    net.irc!.say("cancel", alice);
    await heard(net.irc!, /^not done: it was cancelled/u);
    net.slack!.say(`approve ${id}`, bob);
    await heard(net.slack!, /nothing waits as/u);
    net.irc!.say("deploy staging", alice);
    net.slack!.say(`deny ${await asked(net.irc!)}`, { person: "U0ALICE", ...SLACK });
    await heard(net.irc!, /was withdrawn/u);
    expect(ran).toEqual([]);
  });

  test("expires, and is told", async () => {
    const { net, ran } = begin({ rules: RULES.replace("within: 1h", "within: 1s") });
    net.irc!.say("deploy prod", alice);
    const id = await asked(net.irc!);
    await heard(net.irc!, /was not approved in time \(0 of 1, by lead\)/u);
    net.slack!.say(`approve ${id}`, bob);
    await heard(net.slack!, /nothing waits as/u);
    expect(ran).toEqual([]);
  });

  test.each<[what: string, from: string, to: string, why: RegExp]>([
    [
      "whoever asked loses the right",
      "lead: [alice, bob, carol]",
      "lead: [bob, carol]",
      /deploy is for lead/u,
    ],
    ["the rule asks for more", "within: 1h", "within: 2h, count: 2", /not the one that was shown/u],
    [
      "nothing needs approval any more",
      "    approval: { by: lead, within: 1h }\n",
      "",
      /rules have changed/u,
    ],
  ])("is withdrawn when %s", async (_what, from, to, why) => {
    const { net, ran, write } = begin();
    net.irc!.say("deploy prod", alice);
    const id = await asked(net.irc!);
    write(RULES.replace(from, to));
    expect((await heard(net.irc!, /was withdrawn/u)).data).toMatch(why);
    net.slack!.say(`approve ${id}`, bob);
    await heard(net.slack!, /nothing waits as/u);
    expect(ran).toEqual([]);
  });

  test("that was given does not count when its giver loses the right before enough have agreed", async () => {
    const { net, ran, write } = begin();
    net.irc!.say("launch rocket", alice);
    const id = await asked(net.slack!);
    net.slack!.say(`approve ${id}`, bob);
    await heard(net.slack!, /1 of 2/u);
    write(RULES.replace("bob: [slack:U0BOB, irc:bob]", "bob: [irc:bob]"));
    await heard(net.irc!, /withdrawn: approval is by lead, and slack:U0BOB is not among them/u);
    expect(ran).toEqual([]);
  });

  test("survives a restart: it is not asked again, and the command runs once", async () => {
    const store = memoryStore();
    const shared = { ...store, close: async () => {} };
    const first = begin({ store: shared });
    first.net.irc!.say("deploy prod", alice);
    const id = await asked(first.net.irc!);
    await expect.poll(async () => (await first.guard.approvals.byId(id)).asked, WAIT).toBe(true);
    await first.stop();
    const next = begin({ store: shared, file: first.file });
    next.net.slack!.say(`approve ${id}`, bob);
    await heard(next.net.irc!, /did deploy prod/u);
    expect(next.ran).toEqual(["deploy prod"]);
    expect(first.ran).toEqual([]);
    expect(next.net.irc!.heard.filter(({ data }) => data.includes("asks to run"))).toEqual([]);
  });

  test("is heard by another bot on the same store", async () => {
    const store = { ...memoryStore(), close: async () => {} };
    const one = begin({ store });
    const other = begin({ store, file: one.file });
    one.net.irc!.say("deploy prod", alice);
    other.net.slack!.say(`approve ${await asked(one.net.irc!)}`, bob);
    await heard(one.net.irc!, /did deploy prod/u);
    expect([...one.ran, ...other.ran]).toEqual(["deploy prod"]);
  });

  test("of two who agree at the same moment counts both, and no more than two", async () => {
    const store = { ...memoryStore(), close: async () => {} };
    const one = begin({ store });
    const other = begin({ store, file: one.file });
    one.net.irc!.say("launch rocket", alice);
    const id = await asked(one.net.slack!);
    one.net.slack!.say(`approve ${id}`, bob);
    other.net.xmpp!.say(`approve ${id}`, { person: "carol@example.com" });
    await heard(one.net.irc!, /did launch rocket/u);
    expect([...one.ran, ...other.ran]).toEqual(["launch rocket"]);
  });

  test("is limited to a few that wait for one person", async () => {
    const { net } = begin();
    for (let i = 0; i < 5; i++) {
      net.irc!.say(`launch rocket${i}`, { ...alice, room: `#${i}` });
      await asked(net.slack!);
    }
    net.irc!.say("launch another", alice);
    await heard(net.irc!, /5 commands of yours wait for approval already/u);
  });

  test("shows what is not what it seems, and refuses it in the words of such a command", async () => {
    const { net, ran } = begin();
    net.irc!.say("deploy prоd", alice);
    await heard(net.irc!, /not done: rules look at what deploy is given, and 'pr\\u\{43e\}d' has a letter/u);
    net.irc!.say(`launch "a\nb"`, alice);
    expect((await heard(net.slack!, /asks to run/u)).data).toContain(`    launch "a\\u{a}b"\n`);
    net.irc!.say(`launch ${"x".repeat(3000)}`, alice);
    await heard(net.irc!, /must see all of it/u);
    expect(ran).toEqual([]);
  });

  test("shows nothing out of sight, behind many spaces", async () => {
    const { net } = begin();
    net.irc!.say(`launch this${" ".repeat(900)}and that`, alice);
    expect((await heard(net.slack!, /asks to run/u)).data).toContain(
      "    launch this [900 spaces] and that\n",
    );
  });

  test("shows words of a shell as the command gets them", async () => {
    const { net } = begin();
    net.irc!.say("launch a b", { ...alice, meta: { args: ["launch", "a b"] } });
    expect((await heard(net.slack!, /asks to run/u)).data).toContain('    launch "a b"\n');
  });

  test("is listed for those whom it concerns, and for nobody else", async () => {
    const { net } = begin({ operators: ["irc:op"] });
    net.irc!.say("deploy prod", alice);
    const id = await asked(net.irc!);
    const line = new RegExp(`^${id} deploy prod - by irc:alice in irc:#ops, 0 of 1 by lead`, "u");
    for (const person of ["alice", "bob", "op"]) {
      net.irc!.say("approvals", { person, room: "#ops" });
      await heard(net.irc!, line);
    }
    net.irc!.say("approvals", { person: "mallory", room: "#ops" });
    await heard(net.irc!, /nothing waits for you/u);
    net.irc!.say("approvals", { person: "bob", room: "#ops", assurance: 0 });
    await heard(net.irc!, /nobody vouches that you are irc:bob/u);
  });

  test("holds up nothing else of the same person", async () => {
    const { net } = begin();
    net.irc!.say("deploy prod", alice);
    await asked(net.irc!);
    net.irc!.say("read news", alice);
    await heard(net.irc!, /did read news/u);
  });

  test("leaves all that the command itself says to be heard", async () => {
    const say = newCommand("say", "say", "", async (_args, ctx) => {
      await ctx.reply("first");
      return `and ${await ctx.ask("what else?")}`;
    });
    const { net } = begin({
      rules: RULES.replace("command: rotate", "command: say").replace("assurance: 2", APPROVAL),
      commands: { "^say$": say },
    });
    net.irc!.say("say", alice);
    net.slack!.say(`approve ${await asked(net.irc!)}`, bob);
    await heard(net.irc!, /^first$/u);
    await heard(net.irc!, /^what else\?$/u);
    net.irc!.say("nothing", alice);
    await heard(net.irc!, /^and nothing$/u);
  });

  test("and rule and person are noted for the streams around it", async () => {
    const notes: unknown[] = [];
    const audit: Stream = {
      name: "audit",
      async receive(turn, next) {
        await next();
        if (turn.event.data.startsWith("deploy")) notes.push(turn.notes);
      },
    };
    const { net } = begin({ around: [audit] });
    net.irc!.say("deploy prod", alice);
    const id = await asked(net.irc!);
    net.slack!.say(`approve ${id}`, bob);
    await heard(net.irc!, /did deploy/u);
    const by = [{ account: "slack:U0BOB", person: "bob", at: expect.any(Number) }];
    await expect.poll(() => notes, WAIT).toEqual([{ who: "alice", rule: "deploys", approval: { id, by } }]);
  });

  test.each([
    ["is not asked for again when the command had begun and may be run again", true],
    ["holds no longer for such a command when a right is gone", false],
  ])("%s", async (_what, holds) => {
    const sure = newCommand(
      "sure",
      "sure",
      "",
      async (_args, { ask }) => `you said ${await ask("are you sure?")}`,
      { rerun: "safe" },
    );
    const rules = RULES.replace("command: rotate", "command: sure").replace("assurance: 2", APPROVAL);
    const store = { ...memoryStore(), close: async () => {} };
    const first = begin({ rules, store, commands: { "^sure$": sure } });
    first.net.irc!.say("sure", alice);
    first.net.slack!.say(`approve ${await asked(first.net.irc!)}`, bob);
    await heard(first.net.irc!, /are you sure\?/u);
    await first.stop();
    const now = holds ? rules : rules.replace("lead: [alice, bob, carol]", "lead: [alice, carol]");
    const next = begin({ rules: now, store, commands: { "^sure$": sure } });
    if (holds) {
      await expect
        .poll(
          () => {
            next.net.irc!.say("yes", { ...alice, addressed: false });
            return next.net.irc!.heard.map(({ data }) => data);
          },
          { ...WAIT, interval: 500 },
        )
        .toContain("you said yes");
    } else
      await heard(
        next.net.irc!,
        /not done: its approval does not hold any more: .*slack:U0BOB is not among them/u,
      );
    expect(next.net.irc!.heard.filter(({ data }) => data.includes("asks to run"))).toEqual([]);
  });

  test("waits on while the store does not answer", async () => {
    const inner = memoryStore();
    let isDown = false;
    let failed = 0;
    const down = () => {
      failed++;
      return Promise.reject(new Error("gone"));
    };
    const store = {
      ...inner,
      get: (key: string) => (isDown && key.includes("/request/") ? down() : inner.get(key)),
    };
    const { net, ran } = begin({ store });
    net.irc!.say("deploy prod", alice);
    const id = await asked(net.irc!);
    isDown = true;
    await expect.poll(() => failed, WAIT).toBeGreaterThan(1);
    isDown = false;
    net.slack!.say(`approve ${id}`, bob);
    await heard(net.irc!, /did deploy prod/u);
    expect(ran).toEqual(["deploy prod"]);
  });

  test("when the store fails, the command does not run, and its person is told", async () => {
    const store = memoryStore();
    const { net, ran } = begin({
      store: {
        ...store,
        get: (key) =>
          key.startsWith("plugin/stream-access/") ? Promise.reject(new Error("disk full")) : store.get(key),
      },
      commands: { "^x$": newCommand("x", "x", "", () => "x") },
    });
    net.irc!.say("deploy prod", alice);
    await heard(net.irc!, /^not done: something went wrong on my side/u);
    expect(ran).toEqual([]);
  });
});
