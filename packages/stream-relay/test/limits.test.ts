import { event, fakeClock } from "@micro-bot/testkit";
import { describe, expect, test, vi } from "vitest";
import { Budget } from "../src/budget.ts";
import { Echoes } from "../src/echoes.ts";
import { Gate } from "../src/gate.ts";
import { Outlet } from "../src/outlet.ts";
import { routesOf } from "../src/routes.ts";

const MINUTE = 60_000;

describe("a budget", () => {
  test("is so many a minute; one more, told of once, and nothing goes for a minute", async () => {
    const clock = fakeClock();
    const budget = new Budget(2, clock.now);
    const take = () => [budget.take(), budget.take(), budget.take(), budget.take()];
    expect(take()).toEqual(["yes", "yes", "over", "no"]);
    await clock.advance(MINUTE - 1);
    expect(budget.take()).toBe("no");
    await clock.advance(1);
    expect(take()).toEqual(["yes", "yes", "over", "no"]);
  });

  test("is never overdrawn by what comes slowly", async () => {
    const clock = fakeClock();
    const budget = new Budget(2, clock.now);
    for (let i = 0; i < 20; i++) {
      expect(budget.take()).toBe("yes");
      await clock.advance(MINUTE / 2);
    }
  });
});

test("a room that refuses is tried again after ten minutes", async () => {
  const clock = fakeClock();
  const gate = new Gate(clock.now);
  const [there, back] = routesOf(["irc:#a <-> irc:#b"]);
  gate.shut("irc:#b");
  expect([gate.pass(there!), gate.pass(back!)]).toEqual(["no", "yes"]);
  await clock.advance(10 * MINUTE);
  expect(gate.pass(there!)).toBe("yes");
});

test("what was carried is known again for ten minutes, when it says who said it and each line was carried", async () => {
  const clock = fakeClock();
  const echoes = new Echoes(clock.now);
  echoes.add("alice", "one\ntwo\n[bob] three");
  const has = (text: string) => echoes.has(text);
  const known = ["[alice] one", "<micro> [alice, to the bot] one\n[alice] two", "[x] [bob] three"];
  expect(known.map(has)).toEqual([true, true, true]);
  const others = ["one", "[carol] one", "[alice] one\n[alice] four", "[alice] one\ntwo", "[alice]", ""];
  expect(others.map(has)).toEqual(others.map(() => false));
  await clock.advance(10 * MINUTE);
  expect(has("[alice] one")).toBe(false);
});

test("what has passed more than three relays goes round, whatever it says", () => {
  const echoes = new Echoes(Date.now);
  const texts = ["[a] [b] <c> new", "[a] [b] <c> [d] new", "[a] [b] [c] [d] new\n[a] old"];
  expect(texts.map((text) => echoes.has(text))).toEqual([false, true, false]);
});

describe("an outlet", () => {
  test("gives one message of each room at a time, in order", async () => {
    const outlet = new Outlet();
    for (const id of ["a1", "a2"]) outlet.put("a", event({ id }));
    outlet.put("b", event({ id: "b1" }));
    expect([(await outlet.next())!.id, (await outlet.next())!.id]).toEqual(["a1", "b1"]);
    outlet.settle("a", "somebody else's");
    outlet.settle("a", "a1");
    expect((await outlet.next())!.id).toBe("a2");
    outlet.end();
    expect(await outlet.next()).toBeUndefined();
  });

  test("does not wait for ever for one that nobody hears of", async () => {
    vi.useFakeTimers();
    try {
      const outlet = new Outlet();
      for (const id of ["a1", "a2"]) outlet.put("a", event({ id }));
      await outlet.next();
      vi.advanceTimersByTime(30_000);
      expect((await outlet.next())!.id).toBe("a2");
    } finally {
      vi.useRealTimers();
    }
  });

  test("takes a hundred messages for one room, and no more", () => {
    const outlet = new Outlet();
    const taken = Array.from({ length: 150 }, (_, i) => outlet.put("a", event({ id: `${i}` })));
    expect(taken.filter(Boolean)).toHaveLength(101);
    outlet.end();
  });
});
