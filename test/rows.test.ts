// Every kind of row that the bot keeps, damaged in every way: it is put aside and told, and all else goes on.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  type Command,
  type Event,
  type Json,
  newCommand,
  Plugins,
  type Rows,
  type Store,
} from "@micro-bot/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { more } from "../packages/command-basics/src/more.ts";
import { status } from "../packages/command-basics/src/status.ts";
import { memory } from "../packages/command-memory/src/plugin.ts";
import { Bot } from "../packages/engine/src/index.ts";
import { KINDS as engineRows } from "../packages/engine/src/state/kinds.ts";
import { type Network, network } from "../packages/engine/test/network.ts";
import { rows as emailRows } from "../packages/input-email/src/rows.ts";
import { teach } from "../packages/store-sqlite/src/checksum.ts";
import { sqlite } from "../packages/store-sqlite/src/plugin.ts";
import { rows as accessRows } from "../packages/stream-access/src/rows.ts";
import { rows as auditRows } from "../packages/stream-audit/src/record.ts";
import { rows as relayRows } from "../packages/stream-relay/src/rows.ts";
import { fakeLog } from "../packages/testkit/src/index.ts";

interface Kind {
  readonly value: Json;
  /** JSON, but nothing that its reader could take; absent where any JSON will do, or nobody reads it. */
  readonly wrong?: Json;
  /** Rows that must be there for somebody to read it. */
  readonly beside?: Readonly<Record<string, Json>>;
}

const SOON = Date.now() + 3_600_000;
const place = { input: "net", room: "#ops" };
const said: Event = {
  id: "7",
  type: "text",
  data: "ping",
  from: { ...place, person: "bob" },
  to: place,
  addressed: true,
  assurance: 1,
  time: 1,
  meta: {},
};
const job = (id: string, next: number) => ({
  id,
  text: "ping",
  when: { every: 3_600_000 },
  next,
  person: said.from,
  made: next - 3_600_000,
  event: said,
  owner: "vouched net:?person=bob",
});
const due = (next: number, id: string) => `due/${String(next).padStart(15, "0")}/${id}`;
const run = { event: said, holder: "gone", state: "begun", deaths: 0 };
const fact = (key: string, value: string) => ({ key, value, by: "alice", at: 1 });
const memoryKey = (key: string) => `memory/room/${encodeURIComponent("net:#ops")}/fact/${key}`;
const replica = (id: string) => ({ id, host: "elsewhere", pid: 1 });
const place0 = { seq: 3, hash: "0".repeat(64) };
const request = {
  ...{
    id: "7F3K9",
    turn: "t",
    hash: "h",
    command: "deploy",
    text: "deploy",
    requester: "net:bob",
    room: "#ops",
  },
  ...{
    rule: "r",
    by: "two",
    count: 1,
    until: SOON,
    state: "waiting",
    asked: true,
    grants: [],
    slot: "slot/x/0",
  },
};
const position = { validity: "1", uid: 1, done: [], time: 1, floor: 1, moved: 0 };

const KINDS: Readonly<Record<string, Kind>> = {
  "seen/net/77": { value: "abc" },
  "run/cut": { value: run as unknown as Json, wrong: { ...run, event: { data: "ping" } } as Json },
  "log/cut/000000": {
    value: { kind: "reply" },
    wrong: { kind: "unheard of" },
    beside: { "run/cut": { ...run, state: "accepted" } as unknown as Json },
  },
  "ask/far/0": {
    value: { run: "far", index: 0, lane: "vouched net:%23ops?person=bob", until: SOON },
    wrong: { run: "far", until: "tomorrow" },
    beside: { "replica/far": replica("far") },
  },
  "answer/far/0": { value: "yes" },
  "out/net/%23ops/1": {
    value: { event: said, since: SOON, holder: "gone" } as unknown as Json,
    wrong: { event: { to: "net:#ops" }, since: SOON, holder: "gone" },
  },
  [`more/${encodeURIComponent("vouched net:#ops?person=alice")}`]: {
    value: { text: "and so on", since: 1 },
    wrong: { text: ["and so on"] },
  },
  "job/torn": {
    value: job("torn", SOON) as unknown as Json,
    wrong: { ...job("torn", SOON), when: {} } as unknown as Json,
  },
  [due(1, "torn")]: { value: "torn", wrong: { id: "torn" } },
  [memoryKey("door")]: { value: fact("door", "red"), wrong: ["door", "red"] },
  "replica/gone": { value: replica("gone"), wrong: { id: 7 } },
  "lease/net": { value: { holder: "gone" }, wrong: { holder: null } },
  "parked/old": { value: run as unknown as Json },
  "plugin/stream-audit/head": { value: place0, wrong: { seq: "3" } },
  "plugin/stream-audit/base": { value: place0, wrong: [] },
  "plugin/stream-audit/record/0000000000000001": {
    value: { ...place0, prev: "", at: 1, kind: "done" },
    wrong: { seq: 1 },
  },
  "plugin/stream-access/request/t": { value: request, wrong: { ...request, grants: [{ account: 1 }] } },
  "plugin/stream-access/id/7F3K9": { value: "t", wrong: 7 },
  "plugin/stream-access/slot/x/0": { value: "t", wrong: {} },
  "plugin/stream-access/link/x": { value: ["net:a", "net:b"], wrong: [{ account: "net:a" }] },
  "plugin/stream-access/code/x": {
    value: { sayer: "a", from: "b", to: "a", last: false },
    wrong: { sayer: "a" },
  },
  "plugin/stream-access/file/x": {
    value: { text: "rules: []", held: { digest: "d", until: 1 } },
    wrong: { text: "rules: []", held: { digest: "d" } },
  },
  "plugin/stream-access/asked/x": { value: 1, wrong: "1" },
  "plugin/stream-access/tried/x": { value: 1, wrong: null },
  "plugin/stream-relay/room/x": { value: { room: "a", name: "b" }, wrong: "a" },
  "plugin/stream-relay/topic/x": { value: { id: "a", text: "b" }, wrong: { id: "a" } },
  "plugin/stream-relay/copy/x": { value: "a", wrong: 1 },
  "plugin/stream-relay/carried/x": { value: true, wrong: 0 },
  "plugin/input-email/position/x": { value: position, wrong: { ...position, uid: "1" } },
  "plugin/input-email/thread/x": { value: "<1@example.org>", wrong: { id: "<1@example.org>" } },
  "plugin/input-email/seen/x": { value: true, wrong: "true" },
};

/** Ways in which a row is no more what it was. `wrong` is of no use to its reader, and well written. */
const HARMS: Readonly<Record<string, (wrong: Json) => string>> = {
  "with a bit flipped in its value": () =>
    "value = substr(value, 1, 1) || char((unicode(substr(value, 2)) | 1) - (unicode(substr(value, 2)) & 1)) || substr(value, 3)",
  "with a bit flipped in its key": () => "key = CAST(substr(key, 1, length(key) - 1) || x'1f' AS BLOB)",
  "with a bit flipped in its end of life": () => "until = 1",
  "that is no JSON": () => "value = '{\"torn\": tr', crc = checksum(key, '{\"torn\": tr', version, until)",
  "of a wrong shape": (wrong) => {
    const json = `'${JSON.stringify(wrong)}'`;
    return `value = ${json}, crc = checksum(key, ${json}, version, until)`;
  },
};

const cells = Object.entries(KINDS).flatMap(([key, kind]) =>
  Object.keys(HARMS).flatMap((harm) =>
    harm === "of a wrong shape" && kind.wrong === undefined
      ? []
      : [[key.replace(/\d{15}/u, "TIME"), harm, key, kind] as const],
  ),
);

const OWNERS: Readonly<Record<string, Rows>> = {
  "": engineRows,
  "plugin/stream-audit/": auditRows,
  "plugin/stream-access/": accessRows,
  "plugin/stream-relay/": relayRows,
  "plugin/input-email/": emailRows,
};

test("every kind of row that a plugin or the engine names is tried here, and fits", () => {
  const named = Object.entries(OWNERS).flatMap(([prefix, rows]) =>
    Object.entries(rows).map(([begin, { fits }]) => ({ prefix, begin: `${prefix}${begin}`, fits })),
  );
  const tried = (begin: string) => Object.entries(KINDS).find(([key]) => key.startsWith(begin));
  expect(named.flatMap(({ begin }) => (tried(begin) ? [] : [begin]))).toEqual([]);
  const misfits = named.flatMap(({ prefix, begin, fits }) => {
    const [key, { value }] = tried(begin)!;
    return fits(value, key.slice(prefix.length)) ? [] : [key];
  });
  expect(misfits).toEqual([]);
});

test("every kind of row in docs/concepts.md is tried here", () => {
  const page = readFileSync(join(import.meta.dirname, "../docs/concepts.md"), "utf8");
  const [, table = ""] = /^\| keys [^\n]*\n(.*?)\n\n/msu.exec(page) ?? [];
  const begins = [...table.matchAll(/`([a-z]+\/)/gu)].map(([, begin]) => begin!);
  expect(begins.length).toBeGreaterThan(10);
  expect(begins.filter((begin) => !Object.keys(KINDS).some((key) => key.startsWith(begin)))).toEqual([]);
});

describe("a row", () => {
  test.each(cells)(
    "%s %s is put aside, jobs run, memories answer, and status tells",
    async (_name, harm, key, kind) => {
      const { file, store } = await seeded(key, kind);
      const { log, bot, net, parts } = begin(store, () =>
        harmed(file, key, HARMS[harm]!(kind.wrong ?? null)),
      );
      const heard = async (text: string) => {
        await expect
          .poll(() => net.messages.filter(({ data }) => data.includes(text)).length)
          .toBeGreaterThan(0);
      };
      await heard("pong");
      net.say("memories");
      await heard("lamp is on");
      // Whoever it belongs to asks for it.
      net.say("more");
      for (const [prefix, part] of parts)
        if (key.startsWith(prefix)) await part.get(key.slice(prefix.length));
      const told = () => bot.status().filter(({ name }) => name === "store rows");
      await expect
        .poll(told)
        .toMatchObject([{ state: "down", note: expect.stringContaining("1 put aside") }]);
      net.say("status");
      await heard("look at the keys under parked/row/ in the store");
      const aside = await all(store, "parked/row/");
      expect(aside).toMatchObject([{ value: { version: expect.any(Number), rest: expect.any(String) } }]);
      const { key: parked } = aside[0]!.value as { key: string };
      if (!harm.includes("key")) expect(parked).toBe(key);
      const errors = log.lines.filter(({ level, message }) => level === "error" && message.includes(parked));
      expect(errors.map(({ message }) => message)).toEqual([
        expect.stringMatching(/is put aside under parked\/row\//),
      ]);
      expect(await all(store, "", true), "what is left of damage").toEqual([]);
    },
  );
});

test("what was seen stays seen when its row cannot be read, and runs no second time", async () => {
  const { file, store } = await seeded("seen/net/77", KINDS["seen/net/77"]!);
  const { net } = begin(store, () =>
    harmed(file, "seen/net/77", HARMS["with a bit flipped in its value"]!(null)),
  );
  await net.connected();
  net.say("count", { id: "77" });
  net.say("count", { id: "78" });
  await expect.poll(() => net.messages.map(({ data }) => data)).toContain("run 1");
  await expect.poll(() => [...net.acked].sort()).toEqual(["77", "78"]);
  expect(net.messages.map(({ data }) => data)).not.toContain("run 2");
});

test("a run with a hole in its log is not done again, and its person is told", async () => {
  const key = "log/cut/000000";
  const { file, store } = await seeded(key, KINDS[key]!);
  const { net } = begin(store, () => harmed(file, key, HARMS["of a wrong shape"]!({})));
  await expect
    .poll(() => net.messages.map(({ data }) => data))
    .toContainEqual(expect.stringMatching(/^interrupted.*outcome unknown: ping \(cut\)$/));
});

test("a job whose time cannot be read gets it back, and runs", async () => {
  const key = due(1, "torn");
  const { file, store } = await seeded(key, { value: "torn" });
  await store.write([{ key: "job/torn", value: { ...job("torn", 1), text: "count" } as unknown as Json }]);
  const { net } = begin(store, () => harmed(file, key, HARMS["that is no JSON"]!(null)));
  await expect.poll(() => net.messages.map(({ data }) => data)).toContain("run 1");
});

/** A file with that row, a job of somebody that is due, and something that is remembered. */
async function seeded(key: string, { value, beside = {} }: Kind): Promise<{ file: string; store: Store }> {
  const folder = mkdtempSync(join(tmpdir(), "rows-"));
  const file = join(folder, "micro.db");
  const store = await sqlite(`sqlite:${file}`, { log: fakeLog() });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const others = {
    ...beside,
    "job/other": job("other", 2) as unknown as Json,
    [due(2, "other")]: "other",
    [memoryKey("lamp")]: fact("lamp", "on"),
  };
  await store.write(
    Object.entries({ ...others, [key]: value }).map(([one, json]) => ({ key: one, value: json })),
  );
  return { file, store };
}

function harmed(file: string, key: string, set: string): void {
  const db = new DatabaseSync(file);
  teach(db);
  const { changes } = db.prepare(`UPDATE entries SET ${set} WHERE key = ?`).run(Buffer.from(key));
  db.close();
  expect(changes, "rows that were harmed").toBe(1);
}

/** A bot on the store, once that is harmed. `parts` are those of its plugins, as they read them. */
function begin(store: Store, harm: () => void) {
  harm();
  const log = fakeLog();
  const net: Network = Object.assign(network(), { single: true });
  const parts = new Map<string, Store>();
  const commands = new Plugins<Command>();
  let runs = 0;
  commands.set(
    "^ping$",
    newCommand("ping", "ping", "", () => "pong"),
  );
  commands.set(
    "^count$",
    newCommand("count", "count", "", () => `run ${++runs}`),
  );
  commands.set("^more$", more());
  commands.set("^status$", status());
  for (const [pattern, command] of Object.entries(memory()))
    commands.set(pattern, { ...command, init: () => {} });
  const streams = new Plugins<{ name: string; rows: Rows; init: (ctx: { store: Store }) => void }>();
  const keepers = { audit: auditRows, access: accessRows, relay: relayRows };
  for (const [name, rows] of Object.entries(keepers))
    streams.set(name, { name, rows, init: (ctx) => parts.set(`plugin/stream-${name}/`, ctx.store) });
  const email = {
    ...network("email"),
    rows: emailRows,
    init: (ctx: { store: Store }) => void parts.set("plugin/input-email/", ctx.store),
  };
  const followed = { name: "followed", follow: async () => {} };
  const all = new Plugins<never>();
  for (const [name, stream] of [...streams, ["followed", followed] as const]) all.set(name, stream as never);
  const bot = new Bot({
    inputs: [net, email],
    commands,
    streams: all,
    flags: { drain_timeout: 50, job_grace: 1e15 },
    log,
    store: { ...store, close: async () => {} },
  });
  bot.start();
  onTestFinished(() => bot.stop());
  return { log, bot, net, parts };
}

async function all(store: Store, prefix: string, damaged = false) {
  const found = [];
  for await (const entry of store.list(prefix, damaged ? { damaged } : {})) found.push(entry);
  return found;
}
