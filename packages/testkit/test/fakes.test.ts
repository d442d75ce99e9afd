import { BotError, codeOf, type Flag, replyTo } from "@micro-bot/core";
import { assert, constantFrom, nat, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { fakeInput } from "../src/fake-input.ts";
import {
  event,
  fakeContext,
  fakeFlags,
  fakeFollowContext,
  fakeJobs,
  fakeLog,
  fakeTurn,
} from "../src/fakes.ts";

describe("the fake input", () => {
  test("keeps what is said until the bot is connected", async () => {
    const input = fakeInput();
    const said = input.say("ping", { person: "bob", room: "#ops" });
    const conn = await input.stream();
    expect(await conn.recv()).toBe(said);
    expect(said.from).toEqual({ input: "fake", room: "#ops", person: "bob" });
  });

  test("gives a waiting recv what is said, once", async () => {
    const conn = await (async (input) => {
      const conn = await input.stream();
      queueMicrotask(() => input.say("ping"));
      return conn;
    })(fakeInput("net"));
    expect(await conn.recv()).toMatchObject({ data: "ping", from: { input: "net" } });
    const pending = conn.recv();
    await conn.close();
    await expect(pending).rejects.toMatchObject({ code: "closed" });
  });

  test("lets people hear each message once, in order", async () => {
    const input = fakeInput();
    const conn = await input.stream();
    const first = input.hear();
    for (const text of ["one", "two"]) await conn.send(replyTo(event(), text, text, 0));
    expect((await first).data).toBe("one");
    expect((await input.hear()).data).toBe("two");
    expect(input.heard.map((one) => one.data)).toEqual(["one", "two"]);
  });

  test("fails as often as it is asked to, with the error it is given", async () => {
    const input = fakeInput();
    input.fail("stream", new BotError("not_connected", "down"));
    input.fail("send");
    await expect(input.stream()).rejects.toMatchObject({ code: "not_connected" });
    const conn = await input.stream();
    await expect(conn.send(event())).rejects.toMatchObject({ code: "failed" });
    await conn.send(event());
    expect(input.heard.length).toBe(1);
  });

  test("records what was acknowledged", async () => {
    const input = fakeInput();
    const conn = await input.stream();
    const { id } = input.say("ping");
    await conn.ack!(await conn.recv());
    expect(input.acked).toEqual([id]);
  });

  test.for([
    ["drop", "not_connected"],
    ["end", "closed"],
  ] as const)("%s ends the connection with %s", async ([how, code]) => {
    const input = fakeInput();
    const conn = await input.stream();
    const pending = conn.recv();
    expect(input.connected).toBe(true);
    input[how]();
    await expect(pending).rejects.toMatchObject({ code });
    await expect(conn.send(event())).rejects.toMatchObject({ code });
    expect(input.connected).toBe(false);
  });

  test("cuts the older connection when a newer one is opened", async () => {
    const input = fakeInput();
    const old = await input.stream();
    const pending = old.recv();
    const conn = await input.stream();
    await expect(pending).rejects.toMatchObject({ code: "not_connected" });
    await old.close();
    input.say("ping");
    expect((await conn.recv()).data).toBe("ping");
  });
});

describe("fake flags", () => {
  const flags = [
    { name: "x_name", usage: "Name", required: true },
    { name: "x_port", usage: "Port", type: "number", default: 80 },
    { name: "x_list", usage: "List", type: "list" },
    { name: "x_wait", usage: "Wait", type: "duration", default: "2s" },
    { name: "x_on", usage: "On", type: "boolean" },
    { name: "x_note", usage: "Note" },
  ] as const satisfies readonly Flag[];

  test("have their defaults and types", () => {
    expect(fakeFlags({ x_name: "n", x_list: "a, b" })(flags)).toEqual({
      x_name: "n",
      x_port: 80,
      x_list: ["a", "b"],
      x_wait: 2000,
      x_on: false,
      x_note: undefined,
    });
  });

  test("miss what is required, naming the flag and its variable", () => {
    expect(() => fakeFlags()(flags)).toThrow(/x_name is required.*MICRO_X_NAME/);
  });

  test("refuse a value of another type", () => {
    expect(() => fakeFlags({ x_name: "n", x_port: "80" })(flags)).toThrow(/x_port is not a number/);
    expect(() => fakeFlags({ x_name: "n", x_wait: "soon" })(flags)).toThrow(/x_wait is not a duration/);
  });

  test("read any duration", () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    assert(
      property(tuple(nat(), constantFrom(...Object.entries(units))), ([count, [unit, ms]]) => {
        const read = fakeFlags({ x_wait: `${count}${unit}` })([
          { name: "x_wait", usage: "Wait", type: "duration" },
        ]);
        return read.x_wait === count * ms;
      }),
    );
  });
});

test("a fake context keeps replies and what is sent, and aborts with a reason", async () => {
  const ctx = fakeContext({ event: event({ data: "echo a  b", person: "bob" }) });
  expect(ctx.rest).toBe("a  b");
  expect(ctx.person.person).toBe("bob");
  await ctx.reply("one");
  await ctx.send("irc:#ops", { data: "two" });
  expect(ctx.replies).toEqual(["one"]);
  expect(ctx.sent).toEqual([{ to: { input: "irc", room: "#ops" }, reply: { data: "two" } }]);
  ctx.abort();
  expect(codeOf(ctx.signal.reason)).toBe("cancelled");
});

test("fake jobs are their owner's everywhere, seen by their room, and cancelled by others only when anybody's may be", async () => {
  const jobs = fakeJobs();
  const by = (person: string, room: string) => jobs.of(event({ person, room }).from);
  const [alice, bob, away] = [by("alice", "ops"), by("bob", "ops"), by("bob", "dev")];
  const { id } = await alice.later({ at: Date.now() + 60_000 }, "ping");
  expect([await by("alice", "dev").jobs.list(), await bob.jobs.list()].map((all) => all.length)).toEqual([
    1, 1,
  ]);
  expect([await away.jobs.list(), await away.jobs.get(id)]).toEqual([[], undefined]);
  expect(await away.jobs.cancel(id)).toBe(false);
  await expect(bob.jobs.cancel(id)).rejects.toMatchObject({ code: "denied" });
  expect(await away.jobs.cancel(id, { anyones: true })).toBe(true);
  expect(await alice.jobs.list()).toEqual([]);
  await expect(alice.later({ at: Date.now() - 1 }, "ping")).rejects.toMatchObject({ code: "invalid" });
});

test("a fake turn and a follower's context keep what is said", async () => {
  const turn = fakeTurn();
  await turn.reply("no");
  expect(turn.replies).toEqual(["no"]);
  const ctx = fakeFollowContext();
  await ctx.send({ input: "irc", room: "#ops" }, "news");
  expect(ctx.sent.map((one) => one.reply)).toEqual(["news"]);
  ctx.abort();
  expect(ctx.signal.aborted).toBe(true);
});

test("a fake log keeps its lines", () => {
  const log = fakeLog();
  log.warn({ room: "#ops" }, "kicked");
  expect(log.lines).toEqual([{ level: "warn", fields: { room: "#ops" }, message: "kicked" }]);
});
