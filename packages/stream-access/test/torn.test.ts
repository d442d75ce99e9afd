import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Assurance, memoryStore, newCommand, type Store } from "@micro-bot/core";
import { fakeLog } from "@micro-bot/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { AccessFile } from "../src/access-file.ts";
import { decide } from "../src/decide.ts";
import { parsePolicy } from "../src/load.ts";
import type { Policy } from "../src/policy.ts";
import { takenAway } from "../src/taken-away.ts";
import { FILES } from "./corpus/files.ts";

const MINUTE = 60_000;

/** An access file on disk and bots that read it, by a clock that stands still. */
function desk(whole: string, name = "access.yaml") {
  const dir = mkdtempSync(join(tmpdir(), "torn-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, name);
  const told: string[] = [];
  const log = fakeLog();
  let now = Date.UTC(2026, 0, 1, 12);
  const write = (text: string | Buffer) => writeFileSync(path, text);
  const looks = async (file: AccessFile) => {
    await file.known();
    const others = [];
    // It is read when it looks as it did before.
    for (let i = 0; i < 3; i++) others.push(await file.look((text) => told.push(text)));
    return others.includes(true);
  };
  write(whole);
  return {
    told,
    log,
    write,
    looks,
    wait: (ms: number) => {
      now += ms;
    },
    async begin(store: Store): Promise<AccessFile> {
      const file = new AccessFile({ path, log, store, now: () => now });
      await file.known();
      return file;
    },
  };
}

const PEOPLE = ["irc:alice", "irc:bob", "slack:U0BOB", "xmpp:carol@example.com", "irc:stranger", undefined];
const WISHES = ["deploy", "call", "deregister", "read"].flatMap((command) =>
  [["staging"], ["stag"], []].flatMap((words) =>
    ["#operations", "#op"].flatMap((room) =>
      PEOPLE.flatMap((account) =>
        ([1, 2] as const).map((assurance) => ({
          command,
          words,
          room,
          account,
          assurance: account ? assurance : (0 as Assurance),
        })),
      ),
    ),
  ),
);

/** How much a policy lets each of many wishes do: 0 nothing, 2 all, and between them what others must approve. */
function rights(policy: Policy): number[] {
  return WISHES.map(({ command, words, room, account, assurance }) => {
    const name = account && policy.people.get(account);
    const decision = decide(policy, {
      command: newCommand(command, command, "", () => ""),
      args: [command, ...words],
      event: { from: { input: "irc", room }, assurance, meta: {} },
      who: { ...(account && { account }), people: new Set(name ? [name] : []), operator: false },
    });
    if (decision?.kind === "approval") return 1 / decision.rule.approval.count;
    return decision?.kind === "allow" || (!decision && command !== "deregister") ? 2 : 0;
  });
}

function opened(policy: Policy, whole: Policy): number {
  if (policy === whole) return 0;
  const before = rights(whole);
  return rights(policy).filter((right, i) => right > before[i]!).length;
}

function parsed(name: string, text: string): Policy | undefined {
  try {
    return parsePolicy(name, text);
  } catch {
    return undefined;
  }
}

/** Every beginning in bytes, and those at a line's end with what a crash may leave behind them. */
function beginnings(whole: string): Buffer[] {
  const bytes = Buffer.from(whole);
  const all = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(0, at));
  const lines = all.filter((one) => one.at(-1) === 10);
  return [
    ...all,
    ...lines.flatMap((one) =>
      ["\n", "\0\0\0", "\r\n"].map((more) => Buffer.concat([one, Buffer.from(more)])),
    ),
  ];
}

describe.each(Object.entries(FILES))("an access file %s", (what, whole) => {
  const name = what === "of JSON" ? "access.json" : "access.yaml";
  const good = parsePolicy(name, whole);

  test("opens no right when it is cut anywhere while the bot runs, but after a minute", async () => {
    const { begin, looks, write, wait, told } = desk(whole, name);
    const file = await begin(memoryStore());
    await looks(file);
    let [open, taken] = [0, 0];
    for (const cut of beginnings(whole)) {
      const text = cut.toString();
      const policy = parsed(name, text);
      write(cut);
      await looks(file);
      expect(opened(file.policy, good), `cut to ${JSON.stringify(text)}`).toBe(0);
      if (policy) open += opened(policy, good);
      wait(MINUTE - 1);
      await looks(file);
      expect(opened(file.policy, good), `cut to ${JSON.stringify(text)}, a while later`).toBe(0);
      wait(1);
      if (await looks(file)) {
        taken++;
        expect(file.policy.rules.map(({ digest }) => digest)).toEqual(
          policy!.rules.map(({ digest }) => digest),
        );
      }
      write(whole);
      await looks(file);
      expect(file.policy.rules.map(({ digest }) => digest)).toEqual(good.rules.map(({ digest }) => digest));
      expect(file.status().state).toBe("up");
    }
    if (name.endsWith(".json")) return;
    expect(open, "rights that cuts of it would open").toBeGreaterThan(0);
    expect(taken).toBeGreaterThan(0);
    expect(told.length).toBeGreaterThanOrEqual(taken);
  });

  test("opens no right when a bot starts with a beginning of it, where the last good one is known", async () => {
    const { begin, looks, write } = desk(whole, name);
    for (const cut of beginnings(whole)) {
      if (!parsed(name, cut.toString())) continue;
      const store = memoryStore();
      write(whole);
      await looks(await begin(store));
      write(cut);
      const file = await begin(store);
      expect(opened(file.policy, good), `cut to ${JSON.stringify(cut.toString())}`).toBe(0);
      await looks(file);
      expect(opened(file.policy, good)).toBe(0);
    }
  });
});

const WHOLE = FILES["with an approval at its end"]!;
const CUT = WHOLE.slice(0, WHOLE.indexOf("    approval:"));

describe("an access file that may be cut", () => {
  test("is told at once, and again when it is taken after a minute", async () => {
    const { begin, looks, write, wait, told, log } = desk(WHOLE);
    const file = await begin(memoryStore());
    await looks(file);
    expect(told).toEqual([]);
    write(CUT);
    await looks(file);
    expect(told).toEqual([
      expect.stringMatching(
        /^the access file \S+ is held back: it is only the beginning of the last good one, .* Its old rules hold until 2026-01-01 12:01 UTC, then it is taken as it is: rule 'rule 1' asks for approval no longer\. Put the whole file there, or end it with a line '\.\.\.' if it is whole$/u,
      ),
    ]);
    expect(file.status()).toMatchObject({
      state: "down",
      note: expect.stringContaining("the old rules hold: it is only the beginning"),
    });
    expect(log.lines).toContainEqual(expect.objectContaining({ level: "error", message: told[0] }));
    wait(MINUTE);
    expect(await looks(file)).toBe(true);
    expect(told[1]).toMatch(/was changed: rule 'rule 1' asks for approval no longer$/u);
    expect(file.status()).toMatchObject({ state: "up", note: "1 rules" });
  });

  test("is taken at once when it ends with the mark that YAML has for that", async () => {
    for (const mark of ["...\n", "...", "...  \r\n\n"]) {
      const { begin, looks, write, told } = desk(WHOLE);
      const file = await begin(memoryStore());
      await looks(file);
      write(CUT + mark);
      expect(await looks(file)).toBe(true);
      expect(file.policy.rules[0]!.approval).toBeUndefined();
      expect(told).toEqual([
        expect.stringMatching(/was changed: rule 'rule 1' asks for approval no longer$/u),
      ]);
    }
  });

  test("begins its minute anew with each byte that is written, and is whole when it is", async () => {
    const { begin, looks, write, wait, told } = desk(WHOLE);
    const file = await begin(memoryStore());
    await looks(file);
    for (const text of [CUT, CUT.trimEnd(), CUT]) {
      write(text);
      await looks(file);
      wait(MINUTE - 1);
      expect(await looks(file)).toBe(false);
    }
    write(WHOLE);
    expect(await looks(file)).toBe(false);
    wait(MINUTE);
    await looks(file);
    expect(file.policy.rules[0]!.approval).toBeDefined();
    expect(told).toHaveLength(3);
  });

  test("at the start is held back for a minute from when it was told, whatever comes between", async () => {
    const { begin, looks, write, wait, told } = desk(WHOLE);
    const store = memoryStore();
    await looks(await begin(store));
    write(CUT);
    wait(5 * MINUTE);
    const first = await begin(store);
    expect(first.policy.rules[0]!.approval).toBeDefined();
    expect(first.status().state).toBe("down");
    await looks(first);
    wait(MINUTE / 2);
    const second = await begin(store);
    await looks(second);
    expect(second.policy.rules[0]!.approval).toBeDefined();
    expect(told).toHaveLength(1);
    wait(MINUTE / 2);
    expect((await begin(store)).policy.rules[0]!.approval).toBeUndefined();
    expect([await looks(first), await looks(second)]).toEqual([true, true]);
    expect(told.slice(1), "by one of the two bots").toEqual([expect.stringContaining("was changed")]);
  });

  test("that lacks the mark the last one had is held back when it takes something away", async () => {
    const { begin, looks, write, told } = desk(`${WHOLE}...\n`);
    const file = await begin(memoryStore());
    await looks(file);
    const other = WHOLE.replace("rules:\n", "rules:\n  - { command: read, allow: bob }\n");
    write(other.slice(0, other.indexOf("    approval:")));
    expect(await looks(file)).toBe(false);
    expect(told[0]).toContain("lacks the line '...' that the last good one ended with");
    write(other);
    expect(await looks(file), "nothing of the last one is gone").toBe(true);
  });

  test("is held back also while the store cannot keep anything", async () => {
    const { begin, looks, write, wait, told, log } = desk(WHOLE);
    const store = { ...memoryStore(), write: async () => Promise.reject(new Error("the disk is full")) };
    const file = await begin(store);
    await looks(file);
    write(CUT);
    await looks(file);
    expect(file.policy.rules[0]!.approval).toBeDefined();
    wait(MINUTE);
    expect(await looks(file)).toBe(true);
    expect(told).toHaveLength(2);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: "warn", message: "the access file is not kept: the disk is full" }),
    );
  });

  test("decides nothing while the store cannot say which one was good", async () => {
    const { begin } = desk(WHOLE);
    const store = { ...memoryStore(), get: async () => Promise.reject(new Error("the database is away")) };
    await expect(begin(store)).rejects.toThrow("the database is away");
  });

  test("in another place is another file", async () => {
    const store = memoryStore();
    const one = desk(WHOLE);
    await one.looks(await one.begin(store));
    const other = desk(CUT);
    expect((await other.begin(store)).policy.rules[0]!.approval).toBeUndefined();
  });
});

describe("what a changed file takes away", () => {
  const rules = (...all: string[]) =>
    parsePolicy(
      "x.yaml",
      `people: { al: [irc:al, irc:al2], bo: irc:bo }\nroles: { out: [al, bo] }\nrules: [${all.join(", ")}]`,
    );
  const deny = "{ name: d, command: x, deny: al }";
  const approval = "{ name: a, command: y, allow: al, approval: { by: bo } }";

  test.each<[string, Policy, Policy, string[]]>([
    ["nothing", rules(deny), rules(deny, approval), []],
    ["a refusal", rules(deny, approval), rules(approval), ["rule 'd', which denies, is gone"]],
    ["an approval", rules(approval), rules(), ["rule 'a', which asks for approval, is gone"]],
    ["a rule without a name", rules("{ command: z, allow: al }"), rules(deny), ["rule 'rule 1' is gone"]],
    [
      "what denied and allows now",
      rules(deny),
      rules(deny.replace("deny", "allow")),
      ["rule 'd' denies no longer"],
    ],
    [
      "the need of approval",
      rules(approval),
      rules(approval.replace(/, approval.*\}/u, " }").replace("} }", "}")),
      ["rule 'a' asks for approval no longer"],
    ],
    ["a part of a rule", rules(deny), rules(deny.replace("al }", "bo }")), ["rule 'd' has changed"]],
    ["the order", rules(deny, approval), rules(approval, deny), ["the rules are in another order"]],
    [
      "accounts of those who are refused",
      rules(deny),
      parsePolicy("x.yaml", `people: { al: irc:al }\nrules: [${deny}]`),
      ["rule 'd' no longer denies irc:al2"],
    ],
    [
      "somebody of a role that is refused",
      rules("{ command: x, deny: out }"),
      parsePolicy(
        "x.yaml",
        "people: { al: [irc:al, irc:al2], bo: irc:bo }\nroles: { out: [al] }\nrules: [{ command: x, deny: out }]",
      ),
      ["rule 'rule 1' no longer denies irc:bo"],
    ],
  ])("%s is said", (_what, before, after, said) => {
    expect(takenAway(before, after)).toEqual(said);
  });
});
