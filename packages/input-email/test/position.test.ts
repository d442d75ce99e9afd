import { memoryStore, type Store } from "@micro-bot/core";
import { fakeLog } from "@micro-bot/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeOf } from "../src/mailbox.ts";
import { type MailboxState, Position } from "../src/position.ts";

const HOUR = 3_600_000;
const state = (validity: string, next: number, newest = 0): MailboxState => ({
  validity,
  next,
  newest: async () => newest,
});

async function positionOf(store: Store, at: MailboxState): Promise<Position> {
  const position = new Position(store, "box", fakeLog());
  await position.begin(at);
  return position;
}

describe("the position in a mailbox", () => {
  it("hears what comes after a mail of a year to come, also when the numbers are new", async () => {
    const store = memoryStore();
    const future = timeOf("2926-01-01T00:00:00Z");
    const position = await positionOf(store, state("1", 1, future));
    position.found([1]);
    await position.done("1", 1, future);
    const again = await positionOf(store, state("2", 1));
    const soon = Date.now() + HOUR;
    expect(again.isHistory(1, timeOf(new Date(soon)), () => soon)).toBe(false);
  });

  it("begins behind all that is there", async () => {
    const position = await positionOf(memoryStore(), state("1", 42));
    expect(position.after).toBe(41);
    expect(position.found([40, 41])).toEqual([]);
    expect(position.found([43, 42])).toEqual([42, 43]);
  });

  it("survives, with holes where something was not done", async () => {
    const store = memoryStore();
    const position = await positionOf(store, state("1", 1));
    position.found([1, 2, 3, 4]);
    for (const uid of [1, 3]) await position.done("1", uid, uid * HOUR, `mail ${uid}`);
    const again = await positionOf(store, state("1", 5));
    expect(again.after).toBe(1);
    expect(again.found([2, 3, 4])).toEqual([2, 4]);
    expect(await again.isSeen("mail 3")).toBe(true);
    expect(await again.isSeen("mail 2")).toBe(false);
  });

  it("with new numbers passes over what came before it, and what is dated before it", async () => {
    const store = memoryStore();
    const first = await positionOf(store, state("1", 10, 1000 * HOUR));
    first.found([10]);
    await first.done("1", 10, 1001 * HOUR, "mail 10");
    const moved = await positionOf(store, state("2", 5));
    expect(moved.found([1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
    const date = (hours: number) => () => hours * HOUR;
    expect(moved.isHistory(1, 999 * HOUR, date(999))).toBe(true);
    expect(moved.isHistory(2, 1001 * HOUR, date(1001))).toBe(false);
    // Put back from a backup: the server's date is new, its own is old.
    expect(moved.isHistory(3, 2000 * HOUR, date(500))).toBe(true);
    expect(moved.isHistory(4, 2000 * HOUR, () => undefined)).toBe(false);
    expect(moved.isHistory(5, 2000 * HOUR, date(500))).toBe(false);
    const again = await positionOf(store, state("2", 5));
    expect(again.isHistory(1, 999 * HOUR, date(999))).toBe(true);
  });

  it("with new numbers before anything was done, passes over all that was there at the first start", async () => {
    const store = memoryStore();
    await positionOf(store, state("1", 10, 1000 * HOUR));
    const moved = await positionOf(store, state("2", 10));
    expect(moved.isHistory(9, 1000 * HOUR, () => undefined)).toBe(true);
    expect(moved.isHistory(10, 1000 * HOUR + 1000, () => undefined)).toBe(false);
  });

  it("does not mistake an old connection's numbers for its own", async () => {
    const store = memoryStore();
    const position = await positionOf(store, state("1", 1));
    position.found([1, 2]);
    await position.begin(state("2", 3));
    position.found([1, 2]);
    await position.done("1", 1, 0, "late");
    expect((await positionOf(store, state("2", 3))).found([1, 2])).toEqual([1, 2]);
    expect(await position.isSeen("late")).toBe(true);
  });

  it("is not written by two at once: the second finds out", async () => {
    const store = memoryStore();
    const one = await positionOf(store, state("1", 1));
    const two = await positionOf(store, state("1", 1));
    one.found([1]);
    two.found([1]);
    await one.done("1", 1, 0);
    await expect(two.done("1", 1, 0)).rejects.toMatchObject({ code: "conflict" });
  });

  it("in whatever order mails are done, and wherever it is cut off, none is lost and none is done twice", async () => {
    const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 8 });
    await fc.assert(
      fc.asyncProperty(order, fc.nat(8), async (uids, cut) => {
        const store = memoryStore();
        const position = await positionOf(store, state("1", 1));
        position.found(uids.slice(0, 4));
        position.found(uids);
        const done = uids.slice(0, cut);
        await Promise.all(done.map((uid) => position.done("1", uid, uid)));
        const again = await positionOf(store, state("1", 9));
        const all = uids.filter((uid) => uid > again.after);
        expect(again.found(all)).toEqual(uids.filter((uid) => !done.includes(uid)).sort((a, b) => a - b));
      }),
    );
  });
});
