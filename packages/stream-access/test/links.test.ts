import { describe, expect, test } from "vitest";
import { asked, begin, heard, type Running } from "./support.ts";

const RULES = `
people:
  alice: slack:U0ALICE
  bob: [slack:U0BOB, irc:bob]
roles:
  lead: [alice, bob]
rules:
  - { name: deploys, command: deploy, allow: lead }
  - { name: keys, command: rotate, allow: lead, assurance: 2 }
  - { name: launches, command: launch, allow: lead, approval: { by: lead } }
`;
const slack = { person: "U0ALICE", room: "D1", assurance: 2, meta: { direct: true } } as const;
const irc = { person: "al", room: "al" } as const;

/** The code in the next message. */
async function code({ net }: Running, input: string): Promise<string> {
  const { data } = await heard(net[input]!, /'link [0-9A-Z-]+'/u);
  return /'link ([0-9A-Z-]+)'/u.exec(data)![1]!;
}

async function linked(bot: Running): Promise<void> {
  const { net } = bot;
  net.slack!.say("link irc:al", slack);
  net.irc!.say(`link ${await code(bot, "slack")}`, irc);
  net.slack!.say(`link ${await code(bot, "irc")}`, slack);
  await heard(net.slack!, /done: slack:U0ALICE and irc:al are one person now/u);
}

describe("a link", () => {
  test("gives an account the rights of its person, when each account has said what the other was shown", async () => {
    const bot = begin({ rules: RULES });
    const { net, ran } = bot;
    net.irc!.say("deploy prod", irc);
    await heard(net.irc!, /not done: deploy is for lead .* an account of yours that may can 'link irc:al'/u);
    await linked(bot);
    net.irc!.say("deploy prod", irc);
    await heard(net.irc!, /did deploy prod/u);
    net.irc!.say("link", irc);
    await heard(net.irc!, /irc:al is linked to slack:U0ALICE/u);
    expect(ran).toEqual(["deploy prod"]);
  });

  test("never raises assurance", async () => {
    const bot = begin({ rules: RULES });
    await linked(bot);
    bot.net.irc!.say("rotate keys", irc);
    await heard(bot.net.irc!, /not done: rotate asks for assurance 2, and yours is 1/u);
    bot.net.irc!.say("deploy prod", { ...irc, assurance: 0 });
    await heard(bot.net.irc!, /not done: deploy is for lead .*: log in to irc's accounts/u);
    expect(bot.ran).toEqual([]);
  });

  test("makes both one person to approvals", async () => {
    const bot = begin({ rules: RULES });
    await linked(bot);
    bot.net.irc!.say("launch rocket", { person: "al", room: "#ops" });
    const id = await asked(bot.net.irc!);
    bot.net.slack!.say(`approve ${id}`, { ...slack, room: "C1", meta: {} });
    await heard(bot.net.slack!, /slack:U0ALICE is the same person as irc:al/u);
    bot.net.irc!.say(`approve ${id}`, { person: "bob" });
    await heard(bot.net.irc!, /did launch/u);
  });

  test("that is taken back takes its rights back, also from what waits", async () => {
    const bot = begin({ rules: RULES });
    await linked(bot);
    bot.net.irc!.say("launch rocket", { person: "al", room: "#ops" });
    await asked(bot.net.irc!);
    bot.net.slack!.say("unlink irc:al", slack);
    await heard(bot.net.slack!, /done: irc:al stands for itself/u);
    await heard(bot.net.irc!, /withdrawn: launch is for lead/u);
    bot.net.irc!.say("deploy prod", irc);
    await heard(bot.net.irc!, /not done: deploy is for lead/u);
    bot.net.irc!.say("unlink", irc);
    await heard(bot.net.irc!, /irc:al is not linked/u);
  });

  test("gives way to the file", async () => {
    const bot = begin({ rules: RULES });
    await linked(bot);
    const before = bot.guard.policy;
    bot.write(RULES.replace("bob: [slack:U0BOB, irc:bob]", "bob: [slack:U0BOB, irc:bob]\n  al: irc:al"));
    await expect.poll(() => bot.guard.policy === before).toBe(false);
    bot.net.irc!.say("deploy prod", irc);
    await heard(bot.net.irc!, /not done: deploy is for lead .* You are al \(irc:al\)/u);
  });

  test("to two people of the file is worth nothing", async () => {
    const bot = begin({ rules: RULES });
    await linked(bot);
    const code = await bot.guard.links.begin("slack:U0ALICE", "xmpp:al@x", () => undefined);
    const half = await bot.guard.links.redeem("xmpp:al@x", code, () => undefined);
    await bot.guard.links.redeem("slack:U0ALICE", "code" in half ? half.code : "", () => undefined);
    bot.net.xmpp!.say("deploy prod", { person: "al@x" });
    await heard(bot.net.xmpp!, /did deploy/u);
    const before = bot.guard.policy;
    bot.write(RULES.replace("irc:bob]", "irc:bob, irc:al]"));
    await expect.poll(() => bot.guard.policy === before).toBe(false);
    bot.net.xmpp!.say("deploy prod", { person: "al@x" });
    await heard(bot.net.xmpp!, /not done: deploy is for lead/u);
  });

  test.each<[what: string, say: string, as: object, input: string, told: RegExp]>([
    ["in a room", "link irc:al", { ...slack, room: "C1", meta: {} }, "slack", /in a direct message/u],
    [
      "by nobody",
      "link slack:U0ALICE",
      { ...irc, assurance: 0 },
      "irc",
      /nobody vouches that you are irc:al/u,
    ],
    ["to an account of the file", "link slack:U0BOB", irc, "irc", /slack:U0BOB is bob's in the access file/u],
    [
      "to the account that has the rights",
      "link slack:U0ALICE",
      irc,
      "irc",
      /is alice's in the access file/u,
    ],
    ["to itself", "link irc:al", irc, "irc", /the account you speak from/u],
    ["to a terminal", "link console:root", irc, "irc", /console is no network/u],
    ["to what is no account", "link IRC:al", irc, "irc", /cannot be read/u],
    ["by a code that nobody has", "link 00000-00000", irc, "irc", /no such code waits for this account/u],
  ])("is refused %s", async (_what, say, as, input, told) => {
    const { net } = begin({ rules: RULES });
    net[input]!.say(say, as);
    await heard(net[input]!, told);
  });

  test("is refused to an account that is linked to somebody else", async () => {
    const bot = begin({ rules: RULES });
    await linked(bot);
    bot.net.slack!.say("link irc:al", { ...slack, person: "U0BOB", room: "D2" });
    await heard(bot.net.slack!, /irc:al is linked to somebody: say 'unlink' there first/u);
  });

  test("takes each code once, from the account it was made for only", async () => {
    const bot = begin({ rules: RULES });
    const { net } = bot;
    net.slack!.say("link irc:al", slack);
    const first = await code(bot, "slack");
    for (const person of ["mallory", "Al", "al2"]) {
      net.irc!.say(`link ${first}`, { person, room: person });
      await heard(net.irc!, /no such code waits for this account/u);
    }
    net.slack!.say(`link ${first}`, slack);
    await heard(net.slack!, /no such code waits/u);
    net.irc!.say(`link ${first.toLowerCase().replace("-", "")}`, irc);
    const second = await code(bot, "irc");
    net.irc!.say(`link ${first}`, irc);
    await heard(net.irc!, /no such code waits/u);
    net.irc!.say(`link ${second}`, irc);
    await heard(net.irc!, /no such code waits/u);
    net.slack!.say(`link ${second}`, slack);
    await heard(net.slack!, /one person now/u);
    net.slack!.say(`link ${second}`, slack);
    await heard(net.slack!, /no such code waits/u);
  });

  test("cannot be guessed for: after a few wrong codes none is taken, and few are made", async () => {
    const bot = begin({ rules: RULES });
    const { net } = bot;
    for (let at = 0; at < 5; at++) {
      net.irc!.say(`link 0000${at}00000`, { person: "al", room: "al" });
      await heard(net.irc!, /no such code/u);
    }
    net.slack!.say("link irc:al", slack);
    net.irc!.say(`link ${await code(bot, "slack")}`, irc);
    await heard(net.irc!, /too many wrong codes/u);
    for (let at = 0; at < 4; at++) {
      net.slack!.say(`link irc:al${at}`, slack);
      await code(bot, "slack");
    }
    net.slack!.say("link irc:another", slack);
    await heard(net.slack!, /you asked for many codes/u);
  });
});
