import { describe, expect, test } from "vitest";
import type { Fact } from "../../scripts/soak/facts.ts";
import { Ledger, mergeTallies } from "../../scripts/soak/ledger.ts";
import { isBroken, quantile, rowsOf, table, timesOf } from "../../scripts/soak/report.ts";

function fact(kind: Fact["kind"], run: string, at: number, text?: string): Fact {
  return { kind, run, at, pid: 1, ...(text !== undefined && { text }) };
}

/** A command that was said, accepted, begun and had its effect. */
function ran(ledger: Ledger, what: string, run: string): void {
  ledger.say(what, 100);
  ledger.note(fact("accepted", run, 101, what));
  ledger.note(fact("begun", run, 102));
  ledger.effect(what);
}

function broken(ledger: Ledger, accepted = 1): string[] {
  return rowsOf(ledger.tally(), { accepted })
    .filter(isBroken)
    .map(({ what }) => what);
}

describe("the ledger", () => {
  test("finds nothing wrong when all that was accepted was done and told", () => {
    const ledger = new Ledger();
    ran(ledger, "count 1", "a");
    ledger.hear("counted 1", 103);
    expect([...ledger.open()]).toEqual([]);
    expect(broken(ledger)).toEqual([]);
  });

  test("calls lost what was accepted and of which nobody heard", () => {
    const ledger = new Ledger();
    ledger.say("count 1", 1);
    ledger.note(fact("accepted", "a", 2, "count 1"));
    expect(ledger.tally().lost).toEqual(["count 1"]);
    expect(broken(ledger)).toContain("lost");
  });

  test("calls lost what had an effect in silence, also when nobody saw it accepted", () => {
    const ledger = new Ledger();
    ledger.effect("count 1");
    expect(ledger.tally().lost).toEqual(["count 1"]);
  });

  test("asks nothing of what was said and not accepted", () => {
    const ledger = new Ledger();
    ledger.say("count 1", 1);
    expect([...ledger.open()]).toEqual([]);
  });

  test("calls doubled what had two effects, whatever was told", () => {
    const ledger = new Ledger();
    ran(ledger, "count 1", "a");
    ledger.effect("count 1");
    ledger.hear("counted 1", 103);
    expect(broken(ledger)).toEqual(["doubled"]);
  });

  test("calls hollow what was told as done and never was", () => {
    const ledger = new Ledger();
    ledger.note(fact("accepted", "a", 2, "count 1"));
    ledger.hear("counted 1", 3);
    expect(broken(ledger)).toEqual(["told done without effect"]);
  });

  test("misses what a command says on its way", () => {
    const ledger = new Ledger();
    ran(ledger, "order 1", "a");
    ledger.hear("ordered 1", 103);
    expect(broken(ledger)).toEqual(["told done, with a word left out"]);
    ledger.hear("ordering 1", 104);
    expect(broken(ledger)).toEqual([]);
  });

  test("does not let a bot say that it is done, and that it does not know", () => {
    const ledger = new Ledger();
    ran(ledger, "count 1", "a");
    ledger.hear("interrupted, outcome unknown: count 1 (a)", 103);
    ledger.hear("counted 1", 104);
    expect(broken(ledger)).toEqual(["told done and unknown"]);
  });

  test("knows of a run that begins that it was accepted, and counts no time of a job that nobody saw begin", () => {
    const ledger = new Ledger();
    ledger.lives.begin(0);
    ledger.lives.cut(1000);
    ledger.note(fact("begun", "a", 2000, "count 1"));
    expect(ledger.tally().lost).toEqual(["count 1"]);
    ledger.hear("interrupted, outcome unknown: count 2 (b)", 5000);
    expect(ledger.tally().toldAfter).toEqual([0]);
  });

  test("owes a job that was promised, until it ran and was told", () => {
    const ledger = new Ledger();
    ledger.note(fact("accepted", "a", 2, "defer 1"));
    ledger.hear("deferred 1", 3);
    expect(ledger.tally().lost).toEqual(["count 1"]);
    ledger.effect("count 1");
    ledger.hear("counted 1", 4);
    expect(broken(ledger)).toEqual([]);
  });

  test("takes any words with a run's id as told, and counts all others by their shape", () => {
    const ledger = new Ledger();
    ledger.note(fact("accepted", "k1-7", 2, "count 1"));
    ledger.hear("not done: the disk is full (k1-7)", 3);
    ledger.hear("too fast: I take 60 commands a minute from one person", 4);
    ledger.hear("too fast: I take 61 commands a minute from one person", 5);
    expect([...ledger.open()]).toEqual([]);
    expect(ledger.tally().refused).toBe(1);
    expect(ledger.otherWords.get("too fast: I take N commands a minute from one person")).toBe(2);
  });

  test("counts the time until an unknown outcome is told only while there is a bot to tell it", () => {
    const ledger = new Ledger();
    ledger.lives.begin(0);
    ran(ledger, "count 1", "a");
    ledger.lives.cut(1000);
    ledger.lives.begin(50_000);
    ledger.lives.cut(50_300);
    ledger.lives.begin(90_000);
    ledger.hear("interrupted, outcome unknown: count 1 (a)", 90_500);
    expect(ledger.tally().toldAfter).toEqual([800]);
    expect(broken(ledger)).toEqual(["done of accepted"]);
  });

  test("breaks its promise when that takes longer than ten seconds", () => {
    const ledger = new Ledger();
    ledger.lives.begin(0);
    ran(ledger, "count 1", "a");
    ledger.lives.cut(1000);
    ledger.lives.begin(2000);
    ledger.hear("interrupted, outcome unknown: count 1 (a)", 12_001);
    expect(broken(ledger)).toContain("unknown told after, longest");
  });

  test("does not pass a bot that accepted nothing, or did less than half", () => {
    expect(broken(new Ledger(), 5)).toEqual(["accepted"]);
    const ledger = new Ledger();
    for (let i = 0; i < 30; i++) ran(ledger, `count ${i}`, `run-${i}`);
    for (let i = 0; i < 14; i++) ledger.hear(`counted ${i}`, 110);
    for (let i = 14; i < 30; i++) ledger.hear(`interrupted, outcome unknown: count ${i} (run-${i})`, 110);
    expect(broken(ledger, 20)).toEqual(["done of accepted"]);
  });

  test("adds up with others", () => {
    const [one, other] = [new Ledger(), new Ledger()];
    ran(one, "count 1", "a");
    one.hear("counted 1", 103);
    ran(other, "count 2", "b");
    const { accepted, done, lost } = mergeTallies([one.tally(), other.tally()]);
    expect({ accepted, done, lost }).toEqual({ accepted: 2, done: 1, lost: ["count 2"] });
  });
});

describe("the table", () => {
  test("says of each number what was promised and whether it was kept", () => {
    const text = table([
      { what: "said", value: 5 },
      { what: "lost", value: 2, atMost: 0, which: ["count 1", "count 2"] },
      { what: "done of accepted", value: 90, unit: "%", atLeast: 50 },
    ]);
    expect(text.split("\n").map((line) => line.replace(/ +/g, " "))).toEqual([
      "said 5",
      "lost 2 at most 0 BROKEN: count 1, count 2",
      "done of accepted 90 % at least 50 % kept",
    ]);
  });

  test("takes a number that is none for broken", () => {
    expect(isBroken({ what: "healed after", value: Number.NaN, atMost: 5 })).toBe(true);
    expect(isBroken({ what: "healed after", value: Infinity, atMost: 5 })).toBe(true);
  });

  test("gives the median, the 99th percentile and the longest", () => {
    const times = Array.from({ length: 200 }, (_, i) => i + 1);
    expect(timesOf("x", times, { p99: 100 }).map(({ value }) => value)).toEqual([100, 198, 200]);
    expect(timesOf("x", times, { p99: 100 }).map(isBroken)).toEqual([false, true, false]);
    expect(quantile([7], 0.99)).toBe(7);
  });
});
