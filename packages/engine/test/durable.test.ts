import {
  BotError,
  type Command,
  type Json,
  memoryStore,
  newCommand,
  type Store,
  type Stream,
} from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { Bot } from "../src/index.ts";
import type { RunRecord } from "../src/state/journal.ts";
import { type Lives, lives } from "./many.ts";

async function keys(store: Store, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}

/** A command that waits at a gate, and counts how often it was begun. */
function gated({ rerun }: { rerun?: "never" | "safe" } = {}) {
  const open = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let runs = 0;
  const command = newCommand(
    "work",
    "work",
    "",
    async () => {
      runs++;
      begun.resolve();
      await open.promise;
      return "worked";
    },
    rerun === undefined ? {} : { rerun },
  );
  return { command, open: open.resolve, begun: begun.promise, runs: () => runs };
}

describe("an event", () => {
  test("is acknowledged when the store has it, and not before", async () => {
    const inner = memoryStore();
    const gate = Promise.withResolvers<void>();
    const store: Store = {
      ...inner,
      async write(changes) {
        if (changes.some(({ key }) => key.startsWith("run/"))) await gate.promise;
        return inner.write(changes);
      },
    };
    const { net } = lives(store).begin({ commands: { ping: () => "pong" } });
    const id = net.say("ping");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(net.acked).toEqual([]);
    gate.resolve();
    expect((await net.heard()).data).toBe("pong");
    expect(net.acked).toEqual([id]);
    expect(await keys(inner, "run/")).toEqual([]);
  });

  test("that is not for the bot is acknowledged, and kept nowhere", async () => {
    const all = lives();
    const { net } = all.begin();
    const id = net.say("chatter", { addressed: false });
    await expect.poll(() => net.acked).toEqual([id]);
    expect(await keys(all.store, "seen/")).toEqual([]);
  });

  test("that is delivered again is not run again, also by the next process", async () => {
    const all = lives();
    let runs = 0;
    const commands = { count: () => `run ${++runs}` };
    const first = all.begin({ commands });
    first.net.say("count", { id: "same" });
    expect((await first.net.heard()).data).toBe("run 1");
    first.net.say("count", { id: "same" });
    first.net.say("count", { id: "other" });
    expect((await first.net.heard()).data).toBe("run 2");
    await all.kill(first.bot);
    const second = all.begin({ commands });
    second.net.say("count", { id: "same" });
    second.net.say("count", { id: "third" });
    expect((await second.net.heard()).data).toBe("run 3");
    expect(second.net.acked).toEqual(["same", "third"]);
  });

  test("that the store cannot keep is not acknowledged and not run, and its person is told", async () => {
    const inner = memoryStore();
    let full = true;
    const store: Store = {
      ...inner,
      async write(changes) {
        if (full) throw new BotError("failed", "the disk is full");
        return inner.write(changes);
      },
    };
    const { net } = lives(store).begin({ commands: { ping: () => "pong" } });
    await net.connected();
    net.say("ping");
    expect((await net.heard()).data).toBe(
      "not done: I cannot keep what you ask (the disk is full): say it again later",
    );
    expect(net.acked).toEqual([]);
    full = false;
    net.say("ping");
    expect((await net.heard()).data).toBe("pong");
  });
});

describe("a stream that fails as the store does", () => {
  test("has its person told all the same, nothing runs, and the run ends when the store works again", async () => {
    const inner = memoryStore();
    let full = false;
    const store: Store = {
      ...inner,
      async write(changes) {
        if (full) throw new BotError("failed", "the disk is full");
        return inner.write(changes);
      },
    };
    const record: Stream = {
      name: "record",
      async receive(turn, next) {
        full = turn.event.data === "fill";
        await store.write([{ key: "plugin/record", value: 1 }]).catch((error) => {
          throw new BotError("not_connected", `no record: ${error.message}`);
        });
        await next();
      },
    };
    let runs = 0;
    const commands = { fill: () => `run ${++runs}`, ping: () => "pong" };
    const all = lives(store);
    const { bot, net } = all.begin({ commands, streams: [record] });
    net.say("fill");
    expect((await net.heard()).data).toMatch(
      /^not done: no record: the disk is full \(\w+\)\n\(I cannot write this down: the disk is full\./,
    );
    full = false;
    await expect.poll(() => keys(inner, "run/")).toEqual([]);
    expect(await keys(inner, "out/")).toEqual([]);
    await all.kill(bot);
    const next = all.begin({ commands, streams: [record] });
    next.net.say("ping");
    expect((await next.net.heard()).data).toBe("pong");
    expect(runs).toBe(0);
  });
});

describe("after a crash", () => {
  async function cut(all: Lives, rerun?: "never" | "safe") {
    const work = gated(rerun ? { rerun } : {});
    const { bot, net } = all.begin({ commands: { work: work.command } });
    net.say("work hard");
    await work.begun;
    await all.kill(bot);
  }

  test("a command that had begun is told as unknown, and not run again", async () => {
    const all = lives();
    await cut(all);
    const [run] = await keys(all.store, "run/");
    const work = gated();
    const { net } = all.begin({ commands: { work: work.command } });
    expect((await net.heard()).data).toBe(`interrupted, outcome unknown: work hard (${run!.slice(4)})`);
    expect(work.runs()).toBe(0);
    await expect.poll(() => keys(all.store, "run/")).toEqual([]);
    await expect.poll(() => keys(all.store, "out/")).toEqual([]);
  });

  test("a safe command is run again", async () => {
    const all = lives();
    await cut(all, "safe");
    const { net } = all.begin({ commands: { work: newCommand("work", "work", "", () => "done") } });
    expect((await net.heard()).data).toBe("done");
  });

  test("a command that still waited for its turn is run, in its place", async () => {
    const all = lives();
    const work = gated();
    const first = all.begin({ commands: { work: work.command, echo: (args) => args.join(" ") } });
    first.net.say("work");
    await work.begun;
    first.net.say("echo 1");
    first.net.say("echo 2");
    await expect.poll(() => first.net.acked.length).toBe(3);
    await all.kill(first.bot);
    const { net } = all.begin({ commands: { work: work.command, echo: (args) => args.join(" ") } });
    expect((await net.heard()).data).toContain("outcome unknown");
    expect([(await net.heard()).data, (await net.heard()).data]).toEqual(["echo 1", "echo 2"]);
  });

  test("a reply that was not sent is sent", async () => {
    const all = lives();
    const first = all.begin({ commands: { ping: () => "pong" } });
    await first.net.connected();
    first.net.refuse.send = () => new Promise(() => {});
    first.net.say("ping");
    await expect.poll(() => keys(all.store, "out/")).toHaveLength(1);
    await all.kill(first.bot);
    const { net } = all.begin();
    expect((await net.heard()).data).toBe("pong");
  });

  test("a reply that waits for its network when the bot stops stays for the next process", async () => {
    const all = lives();
    const first = all.begin({ commands: { ping: () => "pong" } });
    await first.net.connected();
    const away = new BotError("not_connected", "the network is away");
    first.net.refuse = { stream: away, send: () => Promise.reject(away) };
    first.net.say("ping");
    await expect.poll(() => keys(all.store, "out/")).toHaveLength(1);
    first.net.drop();
    await first.bot.stop();
    const { net } = all.begin();
    expect((await net.heard()).data).toBe("pong");
  });

  test("a reply that is too old is dropped, and the log says so", async () => {
    const all = lives();
    const to = { input: "net", room: "#ops" };
    const said = { id: "1", type: "text", data: "late", addressed: false, assurance: 2, time: 0, meta: {} };
    const row = { event: { ...said, from: to, to }, since: Date.now() - 1000, holder: "gone" };
    await all.store.write([{ key: "out/net/%23ops/1", value: row as unknown as Json }]);
    const { bot } = all.begin({ flags: { reply_max_age: 500 } });
    await expect.poll(() => keys(all.store, "out/")).toEqual([]);
    expect(bot.status()[0]).toMatchObject({ note: "1 dropped" });
  });

  test("what was done once is not done again, and what was said is not said again", async () => {
    const all = lives();
    let effects = 0;
    const open = Promise.withResolvers<void>();
    const deploy = newCommand(
      "deploy",
      "deploy",
      "",
      async (_args, ctx) => {
        await ctx.reply("deploying");
        const n = await ctx.once("call", () => ++effects);
        const { id } = await ctx.later({ at: Date.now() + 60_000 }, "deploy");
        await open.promise;
        return `effect ${n}, job ${id}`;
      },
      { rerun: "safe" },
    );
    const first = all.begin({ commands: { deploy } });
    first.net.say("deploy");
    expect((await first.net.heard()).data).toBe("deploying");
    await expect.poll(() => keys(all.store, "job/")).toHaveLength(1);
    await all.kill(first.bot);
    const { net } = all.begin({ commands: { deploy } });
    open.resolve();
    const [job] = await keys(all.store, "job/");
    expect((await net.heard()).data).toBe(`effect 1, job ${job!.slice(4)}`);
    expect(await keys(all.store, "job/")).toHaveLength(1);
  });

  test("an effect that was cut in the middle ends the run, told as unknown", async () => {
    const all = lives();
    const begun = Promise.withResolvers<void>();
    const command = (effect: () => Promise<number>) =>
      newCommand(
        "pay",
        "pay",
        "",
        async (_args, ctx) => `paid ${await ctx.once("bank", effect).catch(() => 0)}`,
        {
          rerun: "safe",
        },
      );
    const never = () => {
      begun.resolve();
      return new Promise<number>(() => {});
    };
    const first = all.begin({ commands: { pay: command(never) } });
    first.net.say("pay 5");
    await begun.promise;
    await all.kill(first.bot);
    const { net } = all.begin({ commands: { pay: command(async () => 1) } });
    expect((await net.heard()).data).toMatch(/^interrupted at 'bank', outcome unknown: pay 5 \(\w+\)$/);
  });

  test("a run that ends the bot again and again is put aside, and status says so", async () => {
    const all = lives();
    for (let i = 0; i < 5; i++) {
      const work = gated({ rerun: "safe" });
      const { bot, net } = all.begin({ commands: { work: work.command } });
      if (i === 0) net.say("work");
      await work.begun;
      await all.kill(bot);
    }
    const work = gated({ rerun: "safe" });
    const { bot, net } = all.begin({ commands: { work: work.command } });
    expect((await net.heard()).data).toMatch(
      /^not done: I ended 5 times with it, and have put it aside \(\w+\)$/,
    );
    expect(work.runs()).toBe(0);
    expect(await keys(all.store, "parked/")).toHaveLength(1);
    expect(bot.status()[0]!.note).toContain("1 put aside");
  });

  test("a run that only waited for its turn while others ended the bot is not put aside", async () => {
    const all = lives();
    for (let i = 0; i < 7; i++) {
      const work = gated({ rerun: "safe" });
      const { bot, net } = all.begin({ commands: { work: work.command, ping: () => "pong" } });
      // Each time another one is first in the lane.
      if (i === 0) for (const text of ["work 1", "work 2", "ping"]) net.say(text);
      await work.begun;
      await all.kill(bot);
    }
    const { net } = all.begin({ commands: { work: () => "worked", ping: () => "pong" } });
    const heard = [await net.heard(), await net.heard(), await net.heard()].map(({ data }) => data);
    expect(heard[0]).toMatch(/^not done: I ended 5 times with it/);
    expect(heard.slice(1)).toEqual(["worked", "pong"]);
  });

  test("a job's first run is no crash: it is written down as often as one that is typed", async () => {
    const inner = memoryStore();
    const records: { text: string; state: string; deaths: number }[] = [];
    const store: Store = {
      ...inner,
      async write(changes) {
        for (const { key, value } of changes)
          if (key.startsWith("run/") && value) {
            const { event, state, deaths } = value as unknown as RunRecord;
            records.push({ text: event.data, state, deaths });
          }
        return inner.write(changes);
      },
    };
    const { net } = lives(store).begin({
      commands: {
        soon: async (_args, ctx) => void (await ctx.later(new Date(Date.now() + 300), "work as a job")),
        work: () => "worked",
      },
    });
    net.say("work typed");
    net.say("soon");
    for (let i = 0; i < 2; i++) expect((await net.heard()).data).toBe("worked");
    const of = (words: string) =>
      records.filter(({ text }) => text === words).map(({ text: _, ...rest }) => rest);
    expect(of("work as a job")).toEqual(of("work typed"));
    expect(of("work as a job").map(({ deaths }) => deaths)).toEqual([0, 0]);
  });

  test("a job that ends the bot again and again is put aside after as many processes as its person is told", async () => {
    const all = lives();
    let processes = 0;
    for (; (await keys(all.store, "parked/")).length === 0; processes++) {
      const work = gated({ rerun: "safe" });
      const soon: Command["exec"] = async (_args, ctx) =>
        void (await ctx.later(new Date(Date.now() + 300), "work"));
      const { bot, net } = all.begin({ commands: { work: work.command, soon } });
      if (processes === 0) net.say("soon");
      const told = await Promise.race([work.begun, net.heard()]);
      if (told) {
        expect(told.data).toMatch(new RegExp(`^not done: I ended ${processes} times with it`, "u"));
        break;
      }
      await all.kill(bot);
    }
    expect(processes).toBe(5);
  });
});

describe("memory", () => {
  test("has a scope for the command, the room, the person and the bot", async () => {
    const note = newCommand("note", "note", "", async ([, scope, key, value], { memory }) => {
      const part = memory[scope as keyof typeof memory];
      if (value) await part.set(key!, value);
      return (await part.get<string>(key!)) ?? "nothing";
    });
    const { net } = lives().begin({ commands: { note } });
    const said = async (text: string, by: { person?: string; room?: string; assurance?: 0 | 1 } = {}) => {
      net.say(text, by);
      return (await net.heard()).data;
    };
    expect(await said("note room a 1")).toBe("1");
    expect(await said("note room a", { person: "bob" })).toBe("1");
    expect(await said("note room a", { room: "#dev" })).toBe("nothing");
    expect(await said("note person a 2")).toBe("2");
    expect(await said("note person a", { room: "#dev" })).toBe("2");
    expect(await said("note person a", { person: "bob" })).toBe("nothing");
    expect(await said("note person a", { assurance: 0 })).toBe("nothing");
    expect(await said("note bot a 3")).toBe("3");
    expect(await said("note command a", { person: "bob", room: "#dev" })).toBe("nothing");
    expect(await said("note bot a", { person: "bob", room: "#dev" })).toBe("3");
  });
});

test("a bot needs no store: it then forgets at its end", async () => {
  const bot = new Bot({ inputs: [] });
  bot.start();
  await bot.done();
});
