import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, newCommand, type Stream } from "@micro-bot/core";
import { describe, expect, test, vi } from "vitest";
import { begin, heard, RULES, WAIT } from "./support.ts";

/** What help and completion show to somebody. */
const shown = newCommand("shown", "shown", "Lists what help shows", (_args, { commands }) =>
  commands
    .list()
    .map(({ name }) => name)
    .join(", "),
);

describe("an access file in use", () => {
  test("decides, and what it does not name stays as it was", async () => {
    const { net, ran } = begin({ operators: ["irc:op"] });
    net.slack!.say("rotate keys", { person: "U0ALICE", assurance: 2 });
    await heard(net.slack!, /did rotate/u);
    net.irc!.say("wipe it", { person: "op" });
    await heard(net.irc!, /did wipe/u);
    net.irc!.say("wipe it", { person: "alice" });
    await heard(net.irc!, /^not done: wipe is for operators. You would need --operators=irc:alice$/u);
    net.irc!.say("read news", { person: "anybody", assurance: 0 });
    await heard(net.irc!, /did read/u);
    expect(ran).toEqual(["rotate keys", "wipe it", "read news"]);
  });

  test("tells of a refusal which rule it was, why, and what would help", async () => {
    const { net } = begin({ rules: `${RULES}    why: Keys are for the office\n` });
    net.slack!.say("rotate keys", { person: "U0ZOE", assurance: 2 });
    await heard(
      net.slack!,
      /^not done: rotate is for lead \(rule 'keys': Keys are for the office\)\. You are slack:U0ZOE, whom the access file does not name\. .*link slack:U0ZOE/u,
    );
    net.irc!.say("rotate keys", { person: "alice" });
    await heard(net.irc!, /asks for assurance 2, and yours is 1 .*\. Say it where the platform signs/u);
    net.irc!.say("rotate keys", { person: "alice", assurance: 0 });
    await heard(net.irc!, /log in to irc's accounts, so that it vouches that you are irc:alice/u);
  });

  test("shows in help only what its person may run there", async () => {
    const { net } = begin({ commands: { "^shown$": shown } });
    const list = async (person: string, assurance: 0 | 1 | 2) => {
      net.slack!.say("shown", { person, assurance, room: person });
      return (await heard(net.slack!, /\bshown\b/u)).data.split(", ");
    };
    expect(await list("U0ALICE", 2)).toEqual(
      expect.arrayContaining(["deploy", "launch", "rotate", "approve", "link"]),
    );
    expect(await list("U0ALICE", 1)).not.toContain("rotate");
    expect(await list("U0ALICE", 0)).not.toContain("deploy");
    const strangers = await list("U0ZOE", 2);
    for (const name of ["deploy", "launch", "rotate", "wipe"]) expect(strangers).not.toContain(name);
    expect(strangers).toContain("read");
    net.slack!.say("deplyo prod", { person: "U0ZOE", assurance: 2 });
    await heard(net.slack!, /I know no command 'deplyo': 'help'/u);
    net.slack!.say("deplyo prod", { person: "U0ALICE", assurance: 2 });
    await heard(net.slack!, /did you mean 'deploy/u);
  });

  test("is not asked for what goes with rules, where there are none", async () => {
    const { net } = begin({ file: "none", commands: { "^shown$": shown } });
    net.irc!.say("shown", { person: "alice" });
    expect((await heard(net.irc!, /shown/u)).data.split(", ")).toEqual([
      "can i",
      "deploy",
      "launch",
      "read",
      "rotate",
      "shown",
      "who can",
    ]);
  });

  test("is read again when another file takes its place, and a broken one is refused", async () => {
    const { net, write, guard, log } = begin();
    const state = () => guard.file!.status();
    expect(state()).toMatchObject({ name: "access file", state: "up", note: "3 rules" });
    write(RULES.replace("command: rotate", "comand: rotate"));
    await expect.poll(state, WAIT).toMatchObject({
      state: "down",
      note: expect.stringMatching(/the old rules hold: .*:\d+: there is no key 'comand' here/u),
    });
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        level: "error",
        message: expect.stringContaining("the access file is refused"),
      }),
    );
    net.slack!.say("rotate keys", { person: "U0ZOE", assurance: 2 });
    await heard(net.slack!, /not done: rotate is for lead/u);
    write(RULES.replace("    allow: lead\n    assurance: 2", "    allow: anyone"));
    await expect.poll(() => state().state, WAIT).toBe("up");
    net.slack!.say("rotate keys", { person: "U0ZOE", assurance: 2 });
    await heard(net.slack!, /did rotate/u);
  });

  test("that is written in place is read when it is whole; one that is gone leaves the old rules", async () => {
    const { file, guard } = begin();
    writeFileSync(file, RULES.replace("name: keys", "name: newer"));
    await expect.poll(() => guard.policy!.rules[2]!.name, WAIT).toBe("newer");
    rmSync(file);
    await expect.poll(() => guard.file!.status().state, WAIT).toBe("down");
    expect(guard.policy!.rules).toHaveLength(3);
  });

  test("that is cut tells operators and the record at once, and opens nothing", async () => {
    const recorded: string[] = [];
    const record: Stream = {
      name: "record",
      record: async (what, text) => void recorded.push(`${what}: ${text}`),
    };
    const { net, ran, write, guard } = begin({ operators: ["irc:op", "slack:U0OP"], around: [record] });
    net.slack!.say("rotate keys", { person: "U0ZOE", assurance: 2 });
    await heard(net.slack!, /not done: rotate is for lead/u);
    write(RULES.slice(0, RULES.indexOf("  - name: keys")));
    const told = await heard(net.irc!, /^the access file .* rule 'keys' is gone/u);
    expect(told.to).toEqual({ input: "irc", room: "op" });
    expect((await heard(net.slack!, /^the access file/u)).data).toBe(told.data);
    expect(recorded).toEqual([`access file: ${told.data}`]);
    net.slack!.say("rotate keys", { person: "U0ZOE", assurance: 2 });
    await heard(net.slack!, /not done: rotate is for lead/u);
    expect(guard.file!.status()).toMatchObject({
      state: "down",
      note: expect.stringContaining("the old rules hold"),
    });
    write(`${RULES.slice(0, RULES.indexOf("  - name: keys"))}...\n`);
    await heard(net.irc!, /was changed: rule 'keys' is gone/u);
    net.slack!.say("rotate keys", { person: "U0ZOE", assurance: 2 });
    await heard(net.slack!, /did rotate/u);
    expect(ran).toEqual(["rotate keys"]);
    expect(recorded).toHaveLength(2);
  });

  test("that is cut when the bot starts decides nothing, where the last good one is known", async () => {
    const store = { ...memoryStore(), close: async () => {} };
    const first = begin({ store });
    await expect
      .poll(async () => (await Array.fromAsync(store.list("plugin/stream-access/file/"))).length, WAIT)
      .toBe(1);
    await first.stop();
    writeFileSync(first.file, RULES.slice(0, RULES.indexOf("  - name: keys")));
    const next = begin({ store, file: first.file, operators: ["irc:op"] });
    next.net.slack!.say("rotate keys", { person: "U0ZOE", assurance: 2 });
    await heard(next.net.slack!, /not done: rotate is for lead/u);
    await heard(next.net.irc!, /is only the beginning of the last good one/u);
    expect(next.ran).toEqual([]);
  });

  test("that is broken at the start stops the program", () => {
    expect(() => begin({ rules: "rules: [" })).toThrow(/^\[stream-access\] access_file: .*access\.yaml:1: /u);
    const dir = mkdtempSync(join(tmpdir(), "access-"));
    expect(() => begin({ file: join(dir, "none.yaml") })).toThrow(/access_file: it cannot be read/u);
    rmSync(dir, { recursive: true });
  });

  test("warns of commands that are not there", async () => {
    const { log } = begin({ rules: `${RULES}  - { command: nonesuch, deny: anyone }\n` });
    await vi.waitFor(() =>
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: "warn", message: expect.stringContaining("'nonesuch'") }),
      ),
    );
  });

  test("is asked by 'can I' and 'who can'", async () => {
    const { net } = begin({ operators: ["irc:op"] });
    const ask = async (text: string, person = "alice", assurance: 0 | 1 = 1) => {
      net.irc!.say(text, { person, assurance, room: `#${text}${person}` });
      return (await net.irc!.hear()).data;
    };
    expect(await ask("can I deploy prod")).toBe("yes, when 1 of lead approves it (rule 'deploys')");
    expect(await ask("can I deploy everything")).toBe(
      "no, deploy is not for these arguments (rule 'deploys'). Allowed are staging|prod",
    );
    expect(await ask("can i rotate keys")).toMatch(
      /^no, rotate asks for assurance 2, and yours is 1 \(rule 'keys'\)/u,
    );
    expect(await ask("can I wipe it")).toBe(
      "no, wipe is for operators. You would need --operators=irc:alice",
    );
    expect(await ask("can I wipe it", "op")).toBe("yes");
    expect(await ask("can I read", "zoe", 0)).toBe("yes");
    expect(await ask("can I dance")).toMatch(/no command 'dance'/u);
    expect(await ask("can I deploy prоd")).toMatch(/^no, /u);
    expect(await ask("who can deploy")).toBe(
      "deploy, by the first rule that fits:\n- lead (alice, bob, carol), with staging|prod, assurance 1 or more, approved by 1 of lead (alice, bob, carol) (rule 'deploys')\n- otherwise nobody else",
    );
    expect(await ask("who can wipe")).toBe("wipe is for operators: whoever started the bot, irc:op");
    expect(await ask("who can read")).toBe("read is for anyone");
  });

  test("are told of a command by whatever words call it", async () => {
    const ship = newCommand("deploy", "deploy", "", () => "did ship");
    const { net } = begin({ commands: { "^(ship|do it)( |$)": ship } });
    for (const say of ["ship prod", "SHIP  prod"]) {
      net.irc!.say(`can i ${say}`, { person: "zoe", room: "#ops" });
      await heard(net.irc!, /^no, deploy is for lead/u);
      net.irc!.say(`who can ${say}`, { person: "zoe", room: "#ops" });
      await heard(net.irc!, /^deploy, by the first rule that fits/u);
    }
  });

  test("that name a room by what its network calls it hold for jobs that are made there", async () => {
    const soon = newCommand("soon", "soon", "", async (_args, { later, rest }) => {
      await later(new Date(Date.now() + 100), rest);
      return "later";
    });
    const rules = RULES.replace("command: rotate", 'command: rotate\n    rooms: "slack:#ops"').replace(
      "assurance: 2",
      "",
    );
    const { net, ran } = begin({ rules, commands: { "^soon( |$)": soon } });
    const alice = { person: "U0ALICE", assurance: 2 } as const;
    net.slack!.say("soon rotate keys", { ...alice, room: "C1", names: { room: "#ops" } });
    await heard(net.slack!, /did rotate keys/u);
    net.slack!.say("soon rotate keys", { ...alice, room: "C2", names: { room: "#dev" } });
    await heard(net.slack!, /is not for this place/u);
    expect(ran).toEqual(["rotate keys"]);
  });
});
