import { type Json, newCommand, type Stream } from "@micro-bot/core";
import { fakeLog } from "@micro-bot/testkit";
import { describe, expect, test } from "vitest";
import { type Lives, lives, slow } from "./many.ts";

/** A stream that holds `work` until somebody opens the gate; the gates are those of all bots, by turn. */
function gate() {
  const asked: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const of = (id: string) => gates.get(id) ?? gates.set(id, Promise.withResolvers()).get(id)!;
  const stream = (): Stream => ({
    name: "gate",
    async receive(turn, next) {
      if (turn.match.kind !== "command" || turn.match.command.name !== "work") return next();
      asked.push(turn.id);
      await turn.wait((signal) => Promise.race([of(turn.id).promise, aborted(signal)]));
      await next();
    },
  });
  return { asked, stream, open: (id: string) => of(id).resolve() };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}

function worker() {
  const done: string[] = [];
  const command = newCommand("work", "work", "", (_args, { id }) => {
    done.push(id);
    return "worked";
  });
  return { done, commands: { work: command, ping: () => "pong" } };
}

async function state(all: Lives, id: string): Promise<Json | undefined> {
  return ((await all.store.get(`run/${id}`))?.value as { state?: Json } | undefined)?.state;
}

describe("a stream that waits for people", () => {
  test("holds nobody up, has all the time it needs, and lets its command run", async () => {
    const { asked, stream, open } = gate();
    const { done, commands } = worker();
    const { net } = lives().begin({ commands, streams: [stream()], flags: { command_timeout: 50 } });
    net.say("work");
    net.say("ping");
    expect((await net.heard()).data).toBe("pong");
    await new Promise((resolve) => setTimeout(resolve, 100));
    open(asked[0]!);
    expect((await net.heard()).data).toBe("worked");
    expect(done).toEqual(asked);
  });

  test("holds a pipe's next line back until it waits, and no longer", async () => {
    let waiting = 0;
    const patient: Stream = {
      name: "patient",
      async receive(turn, next) {
        if (turn.match.kind !== "command" || turn.match.command.name !== "work") return next();
        await turn.wait((signal) => {
          waiting++;
          return aborted(signal);
        });
      },
    };
    const { commands } = worker();
    const look = () => `${waiting} waits`;
    const { net } = lives(
      slow(({ value }) => (value as { state?: Json } | undefined)?.state === "waiting"),
    ).begin({
      commands: { ...commands, look },
      streams: [patient],
      sequential: true,
    });
    for (const line of ["work", "look"]) net.say(line);
    expect((await net.heard()).data).toBe("1 waits");
  });

  test("where nobody can be waited for refuses, and its command does not run", async () => {
    const { stream } = gate();
    const { done, commands } = worker();
    const { net } = lives().begin({ commands, streams: [stream()], dialogs: false });
    net.say("work");
    expect((await net.heard()).data).toContain("it waits for people, which nobody can do here");
    expect(done).toEqual([]);
  });

  test("is asked again with the same turn after a crash, and its command runs once", async () => {
    const all = lives();
    const { asked, stream, open } = gate();
    const { done, commands } = worker();
    for (let death = 0; death < 6; death++) {
      const { bot, net } = all.begin({ commands, streams: [stream()] });
      if (death === 0) net.say("work");
      await expect.poll(() => asked.length).toBe(death + 1);
      await expect.poll(() => state(all, asked[0]!)).toBe("waiting");
      await all.kill(bot);
    }
    const { net } = all.begin({ commands, streams: [stream()] });
    await expect.poll(() => asked.length).toBe(7);
    open(asked[0]!);
    expect((await net.heard()).data).toBe("worked");
    expect(new Set(asked).size).toBe(1);
    expect(done).toHaveLength(1);
  });

  test("is left to the next process when the bot stops, without a word and without an error", async () => {
    const all = lives();
    const log = fakeLog();
    const { asked, stream, open } = gate();
    const { done, commands } = worker();
    const first = all.begin({ commands, streams: [stream()], log });
    first.net.say("work");
    await expect.poll(() => asked.length && state(all, asked[0]!)).toBe("waiting");
    await first.bot.stop();
    expect(first.net.messages).toEqual([]);
    expect(log.lines.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
    const { net } = all.begin({ commands, streams: [stream()] });
    await expect.poll(() => asked.length).toBe(2);
    open(asked[0]!);
    expect((await net.heard()).data).toBe("worked");
    expect(done).toHaveLength(1);
  });

  test("ends when its person cancels: nothing runs", async () => {
    const { asked, stream } = gate();
    const { done, commands } = worker();
    const { net } = lives().begin({ commands, streams: [stream()] });
    net.say("work");
    await expect.poll(() => asked.length).toBe(1);
    net.say("cancel");
    expect((await net.heard()).data).toBe("not done: it was cancelled");
    expect(done).toEqual([]);
  });

  test("sees a run that a crash cut as interrupted, and it is told as before", async () => {
    const all = lives();
    const seen: string[] = [];
    const ear: Stream = {
      name: "ear",
      async receive(turn, next) {
        await next();
        seen.push(`${turn.match.kind} ${turn.outcome?.state}`);
      },
    };
    const begun = Promise.withResolvers<void>();
    const stuck = newCommand("stuck", "stuck", "", () => {
      begun.resolve();
      return new Promise<string>(() => {});
    });
    const first = all.begin({ commands: { stuck }, streams: [ear] });
    first.net.say("stuck");
    await begun.promise;
    await all.kill(first.bot);
    const { net } = all.begin({ commands: { stuck }, streams: [ear] });
    expect((await net.heard()).data).toMatch(/^interrupted, outcome unknown: stuck \(\w+\)$/);
    expect(seen).toEqual(["interrupted failed"]);
  });
});
