import {
  BotError,
  type Command,
  type Event,
  type Match,
  memoryStore,
  newCommand,
  type Outcome,
  type Stream,
  type Turn,
} from "@micro-bot/core";
import {
  event,
  fakeContext,
  fakeFollowContext,
  fakeLog,
  fakePluginContext,
  fakeTurn,
} from "@micro-bot/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { audit } from "../src/plugin.ts";
import { faulty, recordsOf } from "./support.ts";

const deploy = newCommand("deploy", "deploy", "", () => "", { access: "operator" });
const matched: Match = { kind: "command", pattern: "^deploy", command: deploy, args: ["deploy", "orders"] };
const log = fakeLog();
let full: boolean;
let inner: ReturnType<typeof memoryStore>;
let stream: Stream;
let command: Command;

beforeEach(() => {
  full = false;
  inner = memoryStore();
  ({ stream, command } = audit({ pause: async () => {} }));
  const store = faulty(inner, () => (full ? "before" : undefined));
  stream.init!(
    fakePluginContext({}, { store, log, redact: (text) => text.replaceAll("hunter2", "[secret]") }),
  );
});

/** A turn as the engine would have it: `act` is what its command does. */
async function turn(
  match: Match,
  act: () => Outcome | undefined | Promise<Outcome | undefined>,
  more: Partial<Turn> = {},
) {
  const one = fakeTurn({ id: "run-1", event: event({ data: "deploy orders" }), match, ...more });
  await stream.receive!(one, async () => {
    const outcome = await act();
    if (outcome) (one as { outcome?: Outcome }).outcome = outcome;
  });
  return one;
}

const done = (): Outcome => ({ state: "done" });

async function kinds(): Promise<(string | undefined)[]> {
  return (await recordsOf(inner)).map(({ kind }) => kind);
}

describe("what comes in", () => {
  test("is written down before it runs, and what came of it after", async () => {
    const before: number[] = [];
    await turn(matched, async () => {
      before.push(...(await recordsOf(inner)).map(({ seq }) => seq));
      return done();
    });
    expect(before).toEqual([1]);
    const who = { run: "run-1", account: "fake:alice", assurance: 1, room: "fake:lobby", command: "deploy" };
    expect(await recordsOf(inner)).toMatchObject([
      { kind: "asked", ...who, text: "deploy orders" },
      { kind: "done", ...who, ms: expect.any(Number) },
    ]);
    expect((await recordsOf(inner))[1]).not.toHaveProperty("text");
  });

  test("has no record when it is known to read in the owner's own shell, unless a rule decided on it", async () => {
    const look = newCommand("look", "look", "", () => "", { reads: true });
    const match: Match = { kind: "command", pattern: "^look", command: look, args: ["look"] };
    const said = { event: event({ input: "shell", room: "", data: "look" }), match };
    const read = async (notes: Turn["notes"], act: () => Promise<void>) => {
      const one = fakeTurn({ ...said, notes });
      await stream.receive!(one, async () => {
        await act();
        (one as { outcome?: Outcome }).outcome = done();
      });
    };
    await read({}, async () => {});
    expect(await kinds()).toEqual([]);
    await read({ rule: "looks" }, async () => {});
    await expect(
      read({ rule: "looks" }, async () => Promise.reject(new BotError("denied", "not here"))),
    ).rejects.toMatchObject({ code: "denied" });
    expect(await kinds()).toEqual(["done", "refused"]);
  });

  test.each<[string, Match]>([
    [
      "a command that says nothing of what it does",
      { kind: "command", pattern: "^x", command: newCommand("x", "x", "", () => ""), args: ["x"] },
    ],
    ["an operators' command", matched],
    ["an answer", { kind: "answer", run: "run-0", index: 0, answer: "yes" }],
    ["cancel", { kind: "cancel" }],
  ])("from the owner's own shell is recorded when it is %s", async (_what, match) => {
    await turn(match, done, { event: event({ input: "shell", room: "", data: "x" }) });
    expect(await kinds()).toEqual(["asked", "done"]);
  });

  test("has with its end what inner streams noted: the rule, the approval, the person's name", async () => {
    const one = fakeTurn({ match: matched });
    await stream.receive!(one, async () => {
      one.note("rule", { file: "access.json", line: 12 });
      one.note("approval", { by: ["slack:U2"], token: "password=abc" });
      one.note("who", "ann");
      (one as { outcome?: Outcome }).outcome = { state: "done" };
    });
    expect((await recordsOf(inner))[1]).toMatchObject({
      rule: { file: "access.json", line: 12 },
      approval: { by: ["slack:U2"], token: "password=[secret]" },
      person: "ann",
    });
  });

  test("is refused by another stream: that is written, and the refusal goes on its way", async () => {
    const denied = new BotError("denied", "deploy is for operators");
    await expect(turn(matched, () => Promise.reject(denied))).rejects.toBe(denied);
    expect(await recordsOf(inner)).toMatchObject([
      { kind: "asked" },
      { kind: "refused", code: "denied", message: "deploy is for operators" },
    ]);
  });

  test("waits for people when the bot ends, is left to the next process", async () => {
    const ending = new BotError("closed", "the bot is stopping");
    await expect(turn(matched, () => Promise.reject(ending))).rejects.toBe(ending);
    expect(await kinds()).toEqual(["asked", "left"]);
  });

  test("fails, or is done before a stream around it fails: both are told", async () => {
    await turn(matched, () => ({ state: "failed", code: "timeout", message: "took too long with hunter2" }));
    const one = fakeTurn({ match: matched, outcome: { state: "done" } });
    await expect(stream.receive!(one, () => Promise.reject(new Error("a stream broke")))).rejects.toThrow(
      "broke",
    );
    const records = await recordsOf(inner);
    expect(records[1]).toMatchObject({
      kind: "failed",
      code: "timeout",
      message: "took too long with [secret]",
    });
    expect(records[3]).toMatchObject({ kind: "done", code: "failed", message: "a stream broke" });
  });

  test.each<[Match, () => Outcome | undefined, object[]]>([
    [
      { kind: "answer", run: "run-0", index: 0, answer: "yes" },
      done,
      [
        { kind: "asked", what: "answer", message: "to run-0" },
        { kind: "done", what: "answer" },
      ],
    ],
    [
      { kind: "cancel" },
      () => undefined,
      [
        { kind: "asked", what: "cancel" },
        { kind: "done", what: "cancel" },
      ],
    ],
    [matched, () => undefined, [{ kind: "asked" }, { kind: "left" }]],
    [
      { kind: "unknown" },
      () => ({ state: "failed", code: "not_found", message: "no such command" }),
      [{ kind: "unknown", text: "deploy orders", code: "not_found" }],
    ],
    [
      { kind: "refused", why: "too fast" },
      () => ({ state: "failed", code: "limited", message: "not done: too fast" }),
      [{ kind: "refused", text: "deploy orders", message: "not done: too fast" }],
    ],
    [
      { kind: "interrupted", why: "cut" },
      () => ({ state: "failed", code: "failed", message: "cut" }),
      [{ kind: "interrupted", message: "cut" }],
    ],
    [{ kind: "none" }, () => undefined, []],
  ])("of the kind %o is recorded as that", async (match, act, records) => {
    await turn(match, act);
    expect(await recordsOf(inner)).toMatchObject(records);
  });

  test("has no secret in it, neither of a flag nor of what was typed, and no more than fits", async () => {
    const data = `deploy hunter2 --token=abc ${"x".repeat(70_000)}`;
    await turn(matched, done, { event: event({ data }) });
    const [asked] = await recordsOf(inner);
    expect(asked!.text).toMatch(/^deploy \[secret\] --token=\[secret\] x/);
    expect(asked!.text).toHaveLength(65_536);
    expect(asked!.length).toBe(data.length);
  });

  test("does not run when it cannot be written down, and its person is told why", async () => {
    full = true;
    let ran = false;
    const one = turn(matched, () => {
      ran = true;
      return done();
    });
    await expect(one).rejects.toMatchObject({
      // Words of code `failed` would be kept from the person.
      code: expect.not.stringMatching(/^failed$/),
      message: "the audit record cannot be written (the disk is full)",
    });
    expect(ran).toBe(false);
  });

  test("that was done, and whose end cannot be written, is an error", async () => {
    const one = turn(matched, () => {
      full = true;
      return done();
    });
    await expect(one).rejects.toThrow("the audit record cannot be written");
    expect(await kinds()).toEqual(["asked"]);
  });

  test("asks for the proof also when nothing can be written", async () => {
    full = true;
    const args = ["audit", "verify"];
    let ran = 0;
    const act = () => {
      ran++;
      return done();
    };
    await turn({ kind: "command", pattern: "^audit", command, args }, act);
    expect(ran).toBe(1);
    await expect(turn({ kind: "command", pattern: "^audit", command, args: ["audit"] }, act)).rejects.toThrow(
      "audit record",
    );
    expect(ran).toBe(1);
  });
});

test("what happened outside of any turn is written down, without secrets, or it is told that it is not", async () => {
  await stream.record!("access file", "rule 'x' is gone, hunter2 --token=abc");
  expect(await recordsOf(inner)).toMatchObject([
    { kind: "changed", what: "access file", text: "rule 'x' is gone, [secret] --token=[secret]" },
  ]);
  expect(await command.exec(["audit"], fakeContext({ event: event({ data: "audit" }) }))).toMatchObject({
    data: expect.stringMatching(/changed .* rule 'x' is gone/u),
  });
  full = true;
  await expect(stream.record!("access file", "again")).rejects.toThrow("the audit record cannot be written");
});

describe("what goes out", () => {
  const place = { input: "irc", room: "#ops" };
  const there = { input: "slack", room: "C9" };
  const said = (more: Partial<Event>): Event =>
    event({ data: "hi", from: { ...place, person: "al" }, to: there, ...more });

  test.each<[string, Partial<Event>, string[]]>([
    ["a reply where it was asked", { to: { ...place, person: "bob" }, run: "r" }, []],
    ["what a run says elsewhere", { run: "r" }, ["sent"]],
    ["what a relay carries", {}, ["sent"]],
    ["what a follower says of its own accord", { from: there }, ["sent"]],
    [
      "what the engine answers outside of a run",
      { from: { ...place, person: "bot" }, to: { ...place, person: "al" } },
      ["sent"],
    ],
  ])("%s", async (_what, more, kinds) => {
    const receipt = await stream.send!(said(more), async () => ({ id: "m1" }));
    expect(receipt).toEqual({ id: "m1" });
    await expect.poll(async () => (await recordsOf(inner)).map(({ kind }) => kind)).toEqual(kinds);
  });

  test("elsewhere is told with who, where from, where to and what, before it goes", async () => {
    await stream.send!(said({ run: "r", data: `password=x ${"y".repeat(2000)}` }), async () => {
      expect(await recordsOf(inner)).toHaveLength(1);
      return {};
    });
    const [sent] = await recordsOf(inner);
    expect(sent).toMatchObject({
      kind: "sent",
      run: "r",
      account: "irc:al",
      from: "irc:#ops",
      to: "slack:C9",
      length: 2011,
    });
    expect(sent!.text).toMatch(/^password=\[secret\] y+$/);
    expect(sent!.text).toHaveLength(1000);
  });

  test("and is not taken by the network, is told with the reason", async () => {
    const lost = new BotError("timeout", "slack was not connected");
    await expect(stream.send!(said({ run: "r" }), () => Promise.reject(lost))).rejects.toBe(lost);
    expect((await recordsOf(inner))[1]).toMatchObject({
      kind: "unsent",
      run: "r",
      to: "slack:C9",
      code: "timeout",
      message: "slack was not connected",
    });
  });

  test("elsewhere does not go when it cannot be written down; what tells a person so does", async () => {
    full = true;
    const gone: string[] = [];
    const next = (what: string) => async () => {
      gone.push(what);
      return {};
    };
    await expect(stream.send!(said({}), next("relayed"))).rejects.toThrow("audit record cannot be written");
    await stream.send!(said({ to: place, run: "r" }), next("reply"));
    await stream.send!(
      said({ from: place, to: { ...place, person: "al" }, meta: { nick: "al" } }),
      next("told"),
    );
    expect(gone).toEqual(["reply", "told"]);
  });
});

describe("the command", () => {
  const ask = (say: string) => command.exec(say.split(" "), fakeContext({ event: event({ data: say }) }));

  test("shows what was recorded, and proves it", async () => {
    await turn(matched, done);
    expect(await ask("audit by alice")).toMatchObject({
      format: "code",
      data: expect.stringMatching(/asked .*deploy orders\n.*done/),
    });
    expect(await ask("audit verify")).toMatch(
      /^2 records, unbroken, from 1 \(.*\) to 2 \(.* UTC\), head 2:[0-9a-f]{64}$/,
    );
    const { hash } = (await recordsOf(inner))[1]!;
    expect(await ask(`audit verify 2:${hash}`)).toContain("2 records, unbroken");
    await expect(
      ask(`audit verify 2:${hash.replace(/./gu, (c) => (c === "0" ? "1" : "0"))}`),
    ).rejects.toThrow("broken at record 2, changed");
    await expect(ask("audit verify 3:0000000000000000")).rejects.toThrow("broken at record 3, cut");
  });

  test("gives a long list as a file as well", async () => {
    for (let i = 0; i < 150; i++) await turn(matched, done);
    const { data, files } = (await ask("audit last 300")) as {
      data: string;
      files: { name: string; data: string }[];
    };
    expect(data.split("\n")).toHaveLength(202);
    expect(data).toMatch(/^… 100 older ones are in audit.jsonl\n/);
    expect(files[0]!.name).toBe("audit.jsonl");
    expect(
      files[0]!.data
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(await recordsOf(inner));
  });

  test("is for operators, and takes its time", () => {
    expect(command).toMatchObject({ access: "operator", rerun: "safe", timeout: 600_000 });
  });
});

describe("the stream", () => {
  test("refuses a wrong flag at start, and says which", () => {
    expect(() => audit().stream.init!(fakePluginContext({ audit_keep: "some" }))).toThrow(
      "audit_keep: 'some'",
    );
  });

  test("says when its file cannot be written, as it follows", async () => {
    const { stream } = audit();
    stream.init!(fakePluginContext({ audit_file: "/proc/nowhere/audit.jsonl" }));
    const nobody = (async function* (): AsyncGenerator<Event> {})();
    await expect(stream.follow!(nobody, fakeFollowContext())).rejects.toMatchObject({
      code: "config",
      message: expect.stringContaining("--audit_file: /proc/nowhere"),
    });
  });

  test("says how it is doing", async () => {
    expect(stream.status!()).toEqual([{ name: "audit", state: "up", note: "no record yet" }]);
    await turn(matched, done);
    expect(stream.status!()).toEqual([{ name: "audit", state: "up", note: "2 records" }]);
    full = true;
    await turn(matched, done).catch(() => {});
    expect(stream.status!()).toMatchObject([
      { name: "audit", state: "down", note: expect.stringContaining("the disk is full") },
    ]);
  });
});
