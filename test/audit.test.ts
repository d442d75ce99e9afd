import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { commands } from "@micro-bot/core";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { Person } from "../packages/input-irc/test/person.ts";
import { teach } from "../packages/store-sqlite/src/checksum.ts";
import { type BotProcess, micro, startBot } from "./bot.ts";
import { noNgircd, startNgircd } from "./servers/ngircd.ts";

const dir = mkdtempSync(join(tmpdir(), "bot-audit-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

// The assembled bot's own list, a command that changes the world, one that speaks elsewhere, and a store whose part for
// audit is full while there is a file of that name.
const link = join(dir, "link.js");
const imported = (name: string) => JSON.stringify(import.meta.resolve(name));
writeFileSync(
  link,
  `import ${imported("@micro-bot/bot/plugins")};
  import { appendFileSync, existsSync } from "node:fs";
  import { commands, newCommand, stores } from ${imported("@micro-bot/core")};
  const { EFFECTS, FULL } = process.env;
  commands.set("^change( |$)", newCommand("change", "change [what]", "", (args, ctx) => {
    appendFileSync(EFFECTS, ctx.rest + "\\n");
    return "changed " + ctx.rest;
  }, { access: "operator" }));
  commands.set("^tell ", newCommand("tell", "tell [text]", "", async (args, ctx) => {
    await ctx.send("console:terminal", ctx.rest);
    return "told";
  }));
  stores.set("half", async (url, ctx) => {
    const store = await stores.get("sqlite")(url.replace("half:", "sqlite:"), ctx);
    const full = (changes) => existsSync(FULL) && changes.some(({ key }) => key.startsWith("plugin/stream-audit/"));
    return { ...store, write: async (changes) => {
      if (full(changes)) throw new Error("the disk is full");
      return store.write(changes);
    } };
  });`,
);

interface Stage {
  readonly folder: string;
  /** What the shell and the bot share. */
  readonly env: Record<string, string>;
  bot(...args: string[]): BotProcess;
  effects(): string[];
}

let count = 0;
function stage(folder = join(dir, String(count++)), scheme = "sqlite"): Stage {
  mkdirSync(folder, { recursive: true });
  const effects = join(folder, "effects");
  const env = {
    MICRO_STORE: `${scheme}:${join(folder, "micro.db")}`,
    MICRO_LINK: link,
    MICRO_REGISTRY: "memory",
    MICRO_LOG_LEVEL: "info",
    EFFECTS: effects,
    FULL: join(folder, "full"),
  };
  return {
    folder,
    env,
    bot(...args) {
      const bot = startBot(["bot", ...args], { env });
      onTestFinished(() => bot.stop());
      return bot;
    },
    effects: () => (existsSync(effects) ? readFileSync(effects, "utf8").trimEnd().split("\n") : []),
  };
}

interface Told {
  readonly seq: number;
  readonly kind: string;
  readonly text?: string;
  readonly run?: string;
}

function records({ folder }: Stage): Told[] {
  const db = new DatabaseSync(join(folder, "micro.db"), { readOnly: true });
  const under = "CAST(key AS TEXT) GLOB 'plugin/stream-audit/record/*'";
  const rows = db.prepare(`SELECT value FROM entries WHERE ${under} ORDER BY key`).all();
  db.close();
  return rows.map(({ value }) => JSON.parse(String(value)));
}

/** Changes a row, as a disk may; with a checksum that `fits`, as somebody may who knows how it is made. */
function edit({ folder }: Stage, sql: string, fits = false): void {
  const db = new DatabaseSync(join(folder, "micro.db"));
  teach(db);
  expect(db.prepare(sql).run().changes).toBe(1);
  if (fits) db.exec("UPDATE entries SET crc = checksum(key, value, version, until)");
  db.close();
}

test("what a terminal asks is shown, proved over a restart, and one byte that is changed is named", async () => {
  const on = stage();
  const file = join(on.folder, "audit.jsonl");
  const flags = [`--audit_file=${file}`];
  const first = on.bot(...flags);
  first.type("ping");
  await first.printed(/^pong$/);
  first.type("change one --token=abcdef");
  await first.printed(/^changed one/);
  first.type("hlep");
  await first.printed(/^I know no command/);
  first.type("in 1 second, echo from a job");
  await first.printed(/^from a job$/);
  await first.stop();

  const second = on.bot(...flags);
  second.type("audit last 3 command change");
  expect(await second.printed(/asked/)).toMatch(
    /console:\S+ +console:terminal +\S+ +change one --token=\[secret\]/,
  );
  second.type("audit verify");
  expect(await second.printed(/unbroken/)).toMatch(/^\d+ records, unbroken, from 1 \(/);
  await second.stop();

  const kinds = records(on).map(({ kind, text }) => `${kind} ${text ?? ""}`.trim());
  expect(kinds).toEqual(
    expect.arrayContaining(["asked ping", "done", "unknown hlep", "asked echo from a job"]),
  );
  expect(
    readFileSync(join(on.folder, "micro.db")).includes("abcdef"),
    "the secret is nowhere in the store",
  ).toBe(false);

  const whole = await micro(["audit", "verify"], { env: { ...on.env, MICRO_AUDIT_FILE: file } });
  expect(whole).toMatchObject({
    code: 0,
    out: expect.stringMatching(/unbroken[\s\S]*records in .*audit\.jsonl are the same/),
  });

  const { seq } = records(on).find(({ text }) => text === "hlep")!;
  edit(
    on,
    'UPDATE entries SET value = replace(value, \'"hlep"\', \'"help"\') WHERE value LIKE \'%"text":"hlep"%\'',
  );
  const harmed = await micro(["audit", "verify"], { env: on.env });
  expect(harmed).toMatchObject({ code: 1, out: expect.stringContaining(`broken at record ${seq}, changed`) });
});

// Whoever adds a command decides: it reads, or the record has it.
const READING = [
  ...[
    "approvals",
    "can i",
    "echo",
    "get",
    "health",
    "hello",
    "help",
    "job",
    "jobs",
    "list",
    "memories",
    "more",
  ],
  ...["ping", "recall", "stats", "status", "the three laws", "time", "whereareyou", "who can"],
];

test("what the owner changes from a shell is on record, and what is known to read is not", async () => {
  const on = stage();
  const rules = join(on.folder, "access.yaml");
  writeFileSync(rules, "people: { al: irc:al }\nrules: []\n");
  const env = { ...on.env, MICRO_ACCESS_FILE: rules };
  await import("@micro-bot/bot/plugins");
  const reads = [...new Set(commands.values())].filter((command) => command.reads).map(({ name }) => name);
  expect(reads.sort()).toEqual(READING);
  for (const say of ["ping", "help", "status", "recall x", "memories", "jobs", "approvals", "can i ping"])
    await micro(say.split(" "), { env });
  expect(records(on)).toEqual([]);
  const changing = [
    "remember x is y",
    "forget x",
    "in 1 hour, ping",
    "every 1h ping",
    "cancel job 1",
    "approve 7F3K9",
    "deny 7F3K9",
    "link irc:al",
    "unlink irc:al",
    "change it",
    "tell them",
  ];
  for (const say of changing) await micro(say.split(" "), { env });
  expect(records(on).flatMap(({ kind, text }) => (kind === "asked" ? [text] : []))).toEqual(changing);
});

test("a head that was set back is named by the shell, though nothing can be recorded any more", async () => {
  const on = stage();
  for (const word of ["one", "two"]) await micro(["change", word], { env: on.env });
  edit(
    on,
    "UPDATE entries SET value = replace(value, '\"seq\":4', '\"seq\":2') WHERE CAST(key AS TEXT) = 'plugin/stream-audit/head'",
    true,
  );
  const { code, out } = await micro(["audit", "verify"], { env: on.env });
  expect({ code, out }).toMatchObject({
    code: 1,
    out: expect.stringMatching(/broken at record \d, changed/),
  });
  const refused = await micro(["change", "three"], { env: on.env });
  expect(refused).toMatchObject({ code: 1, out: expect.stringContaining("the chain is broken") });
  expect(on.effects()).toEqual(["one", "two"]);
});

test("a head that the disk damaged stops nobody, and verify tells of it from then on", async () => {
  const on = stage();
  for (const word of ["one", "two"]) await micro(["change", word], { env: on.env });
  edit(
    on,
    "UPDATE entries SET value = replace(value, '\"seq\":4', '\"seq\":5') WHERE CAST(key AS TEXT) = 'plugin/stream-audit/head'",
  );
  expect(await micro(["change", "three"], { env: on.env })).toMatchObject({ code: 0 });
  expect(on.effects()).toEqual(["one", "two", "three"]);
  expect(await micro(["audit", "verify"], { env: on.env })).toMatchObject({
    code: 1,
    out: expect.stringContaining("broken at record 5, cut: the head could not be read"),
  });
});

test.skipIf(noNgircd)(
  "what access refuses, what goes to another network and who it was are recorded",
  async () => {
    const server = await startNgircd();
    onTestFinished(() => server.stop());
    const on = stage();
    const bot = on.bot(
      "--inputs=console,irc",
      "--irc_server=127.0.0.1",
      `--irc_port=${server.port}`,
      "--irc_nick=auditor",
      "--irc_channels=#ops",
      "--irc_pace=0s",
    );
    await bot.logged(/irc is connected/);
    const al = await Person.join(server.port, "al", { rooms: ["#ops"] });
    onTestFinished(() => al.close());
    al.say("#ops", "auditor: change it all");
    expect(await al.heard("#ops")).toContain("not done");
    al.say("#ops", "auditor: audit");
    expect(await al.heard("#ops")).toContain("not done");
    al.say("#ops", "auditor: tell it to them");
    expect(await al.heard("#ops")).toBe("al: told");
    expect(await bot.printed(/^it to them/)).toBe("it to them");
    al.say("#ops", "just chatting");
    al.say("#ops", "auditor: ping");
    expect(await al.heard("#ops")).toBe("al: pong");
    await bot.stop();
    expect(on.effects()).toEqual([]);
    const who = { account: "irc:al", assurance: 0, room: "irc:#ops" };
    const all = records(on);
    expect(all).toMatchObject([
      { kind: "asked", ...who, command: "change", text: "change it all" },
      { kind: "refused", ...who, command: "change", code: "denied" },
      { kind: "asked", ...who, command: "audit" },
      { kind: "refused", ...who, command: "audit", code: "denied" },
      { kind: "asked", ...who, command: "tell" },
      { kind: "sent", account: "irc:al", from: "irc:#ops", to: "console:terminal", text: "it to them" },
      { kind: "done", ...who, command: "tell" },
      { kind: "asked", ...who, command: "ping" },
      { kind: "done", ...who, command: "ping" },
    ]);
    expect(new Set(all.slice(4, 7).map(({ run }) => run)).size, "one run").toBe(1);
    expect((await micro(["audit", "verify"], { env: on.env })).code).toBe(0);
  },
);

describe("when audit's part of the store is full", () => {
  test("a command does not run, its person is told, and all is well when there is room", async () => {
    const on = stage(undefined, "half");
    const bot = on.bot();
    bot.type("change one");
    await bot.printed(/^changed one$/);
    writeFileSync(on.env.FULL!, "");
    bot.type("change two");
    expect(await bot.printed(/change|not done/)).toMatch(
      /^not done: the audit record cannot be written \(the disk is full\) \(\S+\)$/,
    );
    rmSync(on.env.FULL!);
    bot.type("change three");
    await bot.printed(/^changed three$/);
    bot.type("audit verify");
    await bot.printed(/unbroken/);
    expect(on.effects()).toEqual(["one", "three"]);
  });

  test("and a file that cannot be written stops commands as well, and says which flag", async () => {
    const on = stage();
    const bot = on.bot(`--audit_file=${join(on.folder, "nowhere", "audit.jsonl")}`);
    await bot.logged(/stream audit stopped following: --audit_file/);
    bot.type("change one");
    expect(await bot.printed(/change|not done/)).toMatch(/^not done: .*--audit_file: \S+ cannot be written/);
    expect(on.effects()).toEqual([]);
  });
});

const disk = join(dir, "disk");
const mounted = mount();
afterAll(() => {
  if (mounted) execFileSync("umount", [disk]);
});

test.skipIf(!mounted)("when the disk is full a command does not run, and its person is told", async () => {
  const on = stage(disk);
  const effects = join(dir, "effects-of-full");
  const bot = startBot(["bot"], { env: { ...on.env, EFFECTS: effects } });
  onTestFinished(() => bot.stop());
  bot.type("change one");
  await bot.printed(/^changed one$/);
  expect(() => writeFileSync(join(disk, "ballast"), Buffer.alloc(2 ** 23))).toThrow("ENOSPC");
  bot.type(`change two ${"x".repeat(50_000)}`);
  expect(await bot.printed(/change|not done/)).toMatch(/^not done: .*the disk is full/);
  rmSync(join(disk, "ballast"));
  bot.type("change three");
  await bot.printed(/^changed three$/);
  await bot.stop();
  expect(readFileSync(effects, "utf8")).toBe("one\nthree\n");
  expect((await micro(["audit", "verify"], { env: on.env })).code).toBe(0);
});

/** A disk of 2 MB. Only root may have one. */
function mount(): boolean {
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], { stdio: "pipe" });
    return true;
  } catch (error) {
    console.warn(
      `skipped: the test of a full disk needs a small file system: ${String(error).split("\n")[0]}`,
    );
    return false;
  }
}
