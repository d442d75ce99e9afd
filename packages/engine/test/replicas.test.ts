import { newCommand } from "@micro-bot/core";
import { describe, expect, test } from "vitest";
import { lives } from "./many.ts";

const WAIT = { timeout: 60_000 };
const ping = () => "pong";

describe("several bots on one store", () => {
  test("have one connection where the network bears one, and the next takes over when its holder stops", async () => {
    const all = lives();
    const a = all.begin({ commands: { ping }, single: true });
    await a.net.connected();
    const b = all.begin({ commands: { ping }, single: true });
    await expect
      .poll(() => b.bot.status().find(({ name }) => name === "input net"), WAIT)
      .toMatchObject({
        state: "standby",
        note: expect.stringMatching(/^held by .* \(process \d+\)$/),
      });
    expect(b.net.streams).toBe(0);
    await a.bot.stop();
    await b.net.connected();
    b.net.say("ping");
    expect((await b.net.heard()).data).toBe("pong");
  });

  test("take over what a dead one left: its connection, its runs, its replies", async () => {
    const all = lives();
    const begun = Promise.withResolvers<void>();
    const work = newCommand("work", "work", "", () => {
      begun.resolve();
      return new Promise<string>(() => {});
    });
    const a = all.begin({ commands: { work, ping }, single: true });
    const b = all.begin({ commands: { work, ping }, single: true });
    const [holder, other] = await Promise.race([
      a.net.connected().then(() => [a, b] as const),
      b.net.connected().then(() => [b, a] as const),
    ]);
    holder.net.say("work");
    await begun.promise;
    holder.net.refuse.send = () => new Promise(() => {});
    holder.net.say("ping", { person: "bob" });
    await expect.poll(() => holder.net.acked.length).toBe(2);
    await all.kill(holder.bot);
    const heard = [(await other.net.heard()).data, (await other.net.heard()).data].sort();
    expect(heard[0]).toMatch(/^interrupted, outcome unknown: work/);
    expect(heard[1]).toBe("pong");
  });

  test("one that lost its lease accepts nothing more, closes, and waits for its turn", async () => {
    const all = lives();
    const a = all.begin({ commands: { ping }, single: true });
    await a.net.connected();
    await all.store.write([
      { key: "replica/x", value: { id: "x", host: "elsewhere", pid: 1 } },
      { key: "lease/net", value: { holder: "x" } },
    ]);
    a.net.say("ping");
    await expect
      .poll(() => a.bot.status().find(({ name }) => name === "input net"), WAIT)
      .toMatchObject({
        state: "standby",
        note: "held by elsewhere (process 1)",
      });
    expect(a.net.acked).toEqual([]);
    await all.store.write([{ key: "replica/x" }]);
    await a.net.connected();
    a.net.say("ping");
    expect((await a.net.heard()).data).toBe("pong");
  });

  test("answer one event once, whichever of them hears it", async () => {
    const all = lives();
    let runs = 0;
    const commands = { count: () => `run ${++runs}` };
    const bots = [all.begin({ commands }), all.begin({ commands })];
    for (const { net } of bots) net.say("count", { id: "same" });
    for (const { net } of bots) await expect.poll(() => net.acked).toEqual(["same"]);
    await expect.poll(() => bots.flatMap(({ net }) => net.messages)).toHaveLength(1);
    expect(runs).toBe(1);
  });

  test("hear the answer to a question that another of them asked", async () => {
    const all = lives();
    const ask = newCommand("ask", "ask", "", (_args, ctx) => ctx.ask("well?"), { rerun: "safe" });
    const [a, b] = [all.begin({ commands: { ask } }), all.begin({ commands: { ask } })];
    a.net.say("ask");
    expect((await a.net.heard()).data).toBe("well?");
    // What others ask is looked up with each heartbeat.
    await expect
      .poll(
        () => {
          b.net.say("fine", { id: "the answer", addressed: false });
          return a.net.messages.at(-1)!.data;
        },
        { interval: 500 },
      )
      .toBe("fine");
  });
});
